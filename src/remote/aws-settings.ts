/**
 * What the AWS tools know: credentials, the region and the address of the server. From variables,
 * else from the files in `~/.aws`.
 */
import { join } from 'node:path';
import { readOwnFile } from '../base/read-file.ts';
import type { RemoteOptions } from './remote-options.ts';

export interface AwsSettings {
  /** Undefined for a bucket that everybody may read. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly region: string;
  /** Another server than Amazon's. */
  readonly endpoint?: string;
}

export function awsSettings({ environment, home }: RemoteOptions): AwsSettings {
  const { AWS_PROFILE: profile = 'default' } = environment;
  const read = (path: string): string => readOwnFile(path)?.toString('utf8') ?? '';
  const folder = join(home, '.aws');
  const config = sectionsOf(read(environment.AWS_CONFIG_FILE ?? join(folder, 'config')));
  const shared = sectionsOf(
    read(environment.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, 'credentials')),
  );
  const file = {
    ...config.get(profile === 'default' ? profile : `profile ${profile}`),
    ...shared.get(profile),
  };
  // A secret from a file often ends with a line break.
  const given = (name: string): string | undefined => environment[name]?.trim();
  const id = given('AWS_ACCESS_KEY_ID');
  // Never the id of one source with the secret of another.
  const [accessKeyId, secretAccessKey, sessionToken] = id
    ? [id, given('AWS_SECRET_ACCESS_KEY'), given('AWS_SESSION_TOKEN')]
    : [file.aws_access_key_id, file.aws_secret_access_key, file.aws_session_token];
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = environment;
  const endpoint = AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || file.endpoint_url;
  return {
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
    region: AWS_REGION || AWS_DEFAULT_REGION || file.region || 'us-east-1',
    ...(endpoint && { endpoint }),
  };
}

type Section = Readonly<Record<string, string>>;

/** The sections of an INI file. Indented lines are settings of single services, which are skipped. */
function sectionsOf(text: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const name = /^\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (name !== undefined) {
      section = sections.get(name) ?? {};
      sections.set(name, section);
    }
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section[key] = value;
  }
  return sections;
}
