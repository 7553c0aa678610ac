import type { Certificate } from "../../src/platform/http_server.ts";

/** A self-signed certificate for 127.0.0.1 of this year and the next (RFC 5280), in PEM. */
export async function makeCertificate(name: string): Promise<Certificate> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const subject = sequence(set(sequence(COMMON_NAME, utf8(name))));
  const year = new Date().getUTCFullYear() % 100;
  const body = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(8))),
    sequence(ECDSA_WITH_SHA256),
    subject,
    sequence(utcTime(`${year}0101000000Z`), utcTime(`${year + 1}1231235959Z`)),
    subject,
    await exported("spki", keys.publicKey),
    tagged(0xa3, sequence(sequence(ALTERNATIVE_NAME, tagged(4, sequence(LOCALHOST))))),
  );
  const signed = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    keys.privateKey,
    body,
  );
  const [r, s] = [new Uint8Array(signed, 0, 32), new Uint8Array(signed, 32)];
  const signature = tagged(3, Uint8Array.of(0), sequence(integer(r), integer(s)));
  return {
    cert: pem("CERTIFICATE", sequence(body, sequence(ECDSA_WITH_SHA256), signature)),
    key: pem("PRIVATE KEY", await exported("pkcs8", keys.privateKey)),
  };
}

// The required part of DER (ITU-T X.690)

type Bytes = Uint8Array<ArrayBuffer>;

const COMMON_NAME = oid(0x55, 4, 3);
const ALTERNATIVE_NAME = oid(0x55, 0x1d, 0x11);
const ECDSA_WITH_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2);
const LOCALHOST = tagged(0x87, Uint8Array.of(127, 0, 0, 1));

function tagged(tag: number, ...parts: readonly Bytes[]): Bytes {
  const content = concat(parts);
  const { length } = content;
  const size = length < 128
    ? [length]
    : length < 256
    ? [0x81, length]
    : [0x82, length >> 8, length & 255];
  return concat([Uint8Array.of(tag, ...size), content]);
}

function sequence(...parts: readonly Bytes[]): Bytes {
  return tagged(0x30, ...parts);
}

function set(...parts: readonly Bytes[]): Bytes {
  return tagged(0x31, ...parts);
}

function oid(...bytes: readonly number[]): Bytes {
  return tagged(6, Uint8Array.from(bytes));
}

function utf8(text: string): Bytes {
  return tagged(12, new TextEncoder().encode(text));
}

function utcTime(text: string): Bytes {
  return tagged(23, new TextEncoder().encode(text));
}

/** A positive integer: as short as possible, with a leading zero if the first bit is set. */
function integer(bytes: Uint8Array): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = [...bytes.subarray(first === -1 ? -1 : first)];
  return tagged(2, Uint8Array.from((short[0] ?? 0) > 127 ? [0, ...short] : short));
}

function concat(parts: readonly Bytes[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function exported(format: "spki" | "pkcs8", key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

function pem(label: string, bytes: Bytes): string {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
