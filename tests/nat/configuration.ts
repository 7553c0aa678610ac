// Reads the configuration of coturn in deploy/, and replaces its placeholders by values.

const FILE = new URL("../../deploy/turnserver.conf", import.meta.url);

export interface ConfigurationValues {
  readonly address: string;
  readonly domain: string;
  readonly secret: string;
  /** The folder with `fullchain.pem` and `privkey.pem`. */
  readonly folder: string;
}

export async function readConfiguration(values: ConfigurationValues): Promise<string> {
  const { address, domain, secret, folder } = values;
  const text = await Deno.readTextFile(FILE);
  const filled = text
    .replaceAll("/etc/letsencrypt/live/YOUR_DOMAIN", folder)
    .replaceAll("YOUR_IP_ADDRESS", address)
    .replaceAll("YOUR_DOMAIN", domain)
    .replaceAll("YOUR_SECRET", secret);
  const [left] = /YOUR_\w+/.exec(filled) ?? [];
  if (left !== undefined) throw new Error(`Cannot configure coturn: there is no value for ${left}`);
  return filled;
}
