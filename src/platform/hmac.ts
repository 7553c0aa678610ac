/**
 * HMAC (RFC 2104) by the Web Cryptography API.
 *
 * @module
 */

/** Returns the HMAC-SHA256 of a text. */
export async function signText(secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = await importKey(secret, "sign");
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(text)));
}

/** Whether `code` is the HMAC-SHA256 of a text, in constant time. */
export async function verifyText(
  secret: string,
  text: string,
  code: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = await importKey(secret, "verify");
  return await crypto.subtle.verify("HMAC", key, code, bytesOf(text));
}

/** Returns the HMAC-SHA1 of a text, which TURN credentials require. */
export async function hmacSha1(secret: string, text: string): Promise<Uint8Array> {
  const key = await importKey(secret, "sign", "SHA-1");
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(text)));
}

function importKey(
  secret: string,
  usage: "sign" | "verify",
  hash = "SHA-256",
): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash };
  return crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, [usage]);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
