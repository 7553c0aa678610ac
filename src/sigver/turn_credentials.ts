/**
 * TURN credentials that expire, by the convention of coturn's `use-auth-secret`
 * (https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00).
 *
 * ```text
 * username   := EXPIRY:NAME               EXPIRY in seconds since 1970
 * credential := base64(HMAC-SHA1(secret, username))
 * ```
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { encodeIce, type IceServer } from "../wire/ice.ts";
import type { IceSettings } from "./ice.ts";
import type { SigverEnvironment } from "./options.ts";

/** The credentials of one client. */
export interface TurnAccount {
  /** A TURN server can tell clients apart by it, and limit each (`user-quota`). */
  readonly name: string;
  /** When they are replaced: after half of their lifetime. */
  readonly renewMs: number;
}

/** Returns the credentials for a name, which expire at `expiryS` (seconds since 1970). */
export function turnCredentials(
  secret: string,
  expiryS: number,
  name: string,
): Required<Pick<IceServer, "username" | "credential">> {
  const username = `${expiryS}:${name}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}

/**
 * Renews the account of a client that has none, or whose credentials are half over.
 *
 * @returns The encoded ICE servers for it; `undefined` if there is nothing to renew.
 */
export function renewAccount(
  client: { turnAccount: TurnAccount | undefined },
  { stunUrls, turnUrls, secret, ttlS }: IceSettings,
  { clock, random }: SigverEnvironment,
): Uint8Array | undefined {
  const nowMs = clock.now();
  const { name = random.uint32().toString(36), renewMs = nowMs } = client.turnAccount ?? {};
  if (nowMs < renewMs) return undefined;
  client.turnAccount = { name, renewMs: nowMs + ttlS * 1_000 / 2 };
  const servers: IceServer[] = stunUrls.length > 0 ? [{ urls: stunUrls }] : [];
  if (turnUrls.length > 0) {
    // By the clock that the TURN servers share.
    const expiryS = Math.floor(Date.now() / 1_000) + ttlS;
    servers.push({ urls: turnUrls, ...turnCredentials(secret, expiryS, name) });
  }
  return encodeIce({ servers, lifetimeS: ttlS });
}
