/**
 * The hosts in URLs of ICE servers (RFC 7064, RFC 7065), and addresses in place of their names.
 *
 * `turns:` URLs keep their names, as a certificate is for a name. node-datachannel knows no TURN
 * over TLS, and does not look them up.
 *
 * @module
 */

/** The hosts that are named, each once; what is an address already is none. */
export function hostNamesOf({ iceServers = [] }: RTCConfiguration): string[] {
  const urls = iceServers.flatMap((server) => server.urls);
  return [...new Set(urls.flatMap((url) => parse(url)?.name ?? []))];
}

/** The same configuration with addresses; URLs whose host has none are left out. */
export function withAddresses(
  configuration: RTCConfiguration,
  addressOf: (name: string) => string | undefined,
): RTCConfiguration {
  const { iceServers = [] } = configuration;
  const resolved = iceServers.flatMap((server) => {
    const urls = [server.urls].flat().flatMap((url) => resolve(url, addressOf) ?? []);
    return urls.length === 0 ? [] : [{ ...server, urls }];
  });
  return { ...configuration, iceServers: resolved };
}

function resolve(
  url: string,
  addressOf: (name: string) => string | undefined,
): string | undefined {
  const parsed = parse(url);
  if (parsed === undefined) return url;
  const address = addressOf(parsed.name);
  if (address === undefined) return undefined;
  return `${parsed.scheme}:${address}${parsed.rest}`;
}

interface NamedUrl {
  readonly scheme: string;
  readonly name: string;
  /** The port and the transport. */
  readonly rest: string;
}

/** A URL with a name that node-datachannel would look up. */
function parse(url: string): NamedUrl | undefined {
  const [, scheme = "", name = "", rest = ""] = /^(stun|turn):([^[:?]+)(.*)$/i.exec(url) ?? [];
  return name === "" || IPV4.test(name) ? undefined : { scheme, name, rest };
}

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
