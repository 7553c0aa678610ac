// The host names in URLs of ICE servers (RFC 7064, RFC 7065), and their replacement by addresses.
//
// `turns:` URLs keep their host names, since certificates contain names. node-datachannel does not
// support TURN over TLS.

/** Returns the host names in a configuration, without IP addresses. */
export function hostNamesOf({ iceServers = [] }: RTCConfiguration): string[] {
  const urls = iceServers.flatMap((server) => server.urls);
  return [...new Set(urls.flatMap((url) => parse(url)?.name ?? []))];
}

/**
 * Returns a copy with addresses in place of host names, without the URLs of hosts that have no
 * address. A copy is needed because node-datachannel modifies its configuration, and that of the
 * program may be frozen.
 */
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
  readonly rest: string;
}

/** Parses a URL whose host name node-datachannel would resolve. */
function parse(url: string): NamedUrl | undefined {
  const [, scheme = "", name = "", rest = ""] = /^(stun|turn):([^[:?]+)(.*)$/i.exec(url) ?? [];
  return name === "" || IPV4.test(name) ? undefined : { scheme, name, rest };
}

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
