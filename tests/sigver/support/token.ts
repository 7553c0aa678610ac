import { SignJWT } from "jose";

/** By default, tokens expire in a minute. */
export function signToken(secret: string, claims: Record<string, unknown>): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  return new SignJWT({ exp, ...claims }).setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}
