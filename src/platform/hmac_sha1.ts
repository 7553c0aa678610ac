/**
 * HMAC-SHA1 (RFC 2104) by the Web Cryptography API, which TURN servers ask for.
 *
 * @module
 */

/** Returns the HMAC-SHA1 of a text, which TURN credentials require. */
export async function hmacSha1(secret: string, text: string): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const bytes = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}
