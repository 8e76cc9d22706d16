/** The author or the publisher of an export: a person or an organization. */

export interface Party {
  readonly name: string;
  /** Such as an ORCID, or the page of an organization. */
  readonly address?: string;
}

/** `Ada Lovelace` or `Ada Lovelace <https://orcid.org/...>`. Undefined if it is neither. */
export function parseParty(text: string): Party | undefined {
  const match = /^([^<>]+?)\s*(?:<(https?:\/\/[^\s<>]+)>)?$/.exec(text.trim());
  if (!match) return undefined;
  const [, name, address] = match;
  return { name: name!, ...(address !== undefined && { address }) };
}

interface PartyEntity {
  readonly '@id': string;
  readonly '@type': 'Person' | 'Organization';
  readonly name: string;
  readonly url?: string;
}

/** One entity per address, or per name without an address. */
export function partyEntities(
  parties: readonly Party[],
  type: PartyEntity['@type'],
): readonly PartyEntity[] {
  const entities = parties.map(({ name, address }): [string, PartyEntity] => {
    const id = address ?? `#${type}-${encodeURIComponent(name)}`;
    return [id, { '@id': id, '@type': type, name, ...(address !== undefined && { url: address }) }];
  });
  return [...new Map(entities).values()];
}
