/** Settings of this machine that no server can be asked with. */
import { RemoteError } from '../runner/index.ts';
import type { AwsSettings } from './aws-settings.ts';

/** Undefined if they can be used. The value of a credential is not shown. */
export function unusableSettings({ endpoint, credentials }: AwsSettings): RemoteError | undefined {
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:/i.test(endpoint))) {
    return unusable(
      `the server in AWS_ENDPOINT_URL is "${endpoint}"`,
      'write it like https://HOST',
    );
  }
  return Object.values(credentials ?? {}).every(isHeaderText)
    ? undefined
    : unusable('its credentials have a character that none can have', CHECK);
}

/** A token that is sent as it is. Throws a `RemoteError` if it can't be sent. */
export function sentToken(token: string): string {
  if (isHeaderText(token)) return token;
  throw unusable('$PIPELINE_CACHE_TOKEN has a character that no token can have', CHECK);
}

const CHECK = 'look for line breaks and spaces in the value';

function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text);
}

function unusable(what: string, advice: string): RemoteError {
  return new RemoteError('refused', `can't be asked: ${what}`, { advice });
}
