/**
 * The STUN and TURN servers that a server hands to its clients, with credentials that expire, by
 * the convention of coturn's `use-auth-secret`
 * (https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00).
 *
 * ```text
 * username   := EXPIRY:NAME               EXPIRY in seconds since 1970
 * credential := base64(HMAC-SHA1(secret, username))
 * ```
 *
 * @module
 */

import { ICE_URLS_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";
import { hmacSha1 } from "../platform/hmac_sha1.ts";
import { encodeIce, type IceServer } from "../wire/ice.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import type { SessionId } from "./pairings.ts";
import type { SigverWorld } from "./world.ts";

/**
 * The STUN and TURN servers that a {@linkcode Sigver} hands to its clients. Peers whose program
 * tells no ICE servers use them.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverIce } from "@netflux/netflux/sigver";
 *
 * const ice: SigverIce = {
 *   turnUrls: ["turn:turn.example.org", "turns:turn.example.org?transport=tcp"],
 *   turnSecret: "the static-auth-secret of coturn",
 * };
 * const sigver = new Sigver({ ice });
 * sigver.close();
 * ```
 */
export interface SigverIce {
  /**
   * URLs of STUN servers (RFC 7064). Unless told, the TURN servers are it, too, where they have a
   * `turn:` URL: each of them knows STUN.
   */
  readonly stunUrls?: readonly string[];
  /** URLs of TURN servers (RFC 7065), which share the secret. */
  readonly turnUrls?: readonly string[];
  /** What the TURN servers know as `static-auth-secret`. */
  readonly turnSecret?: string;
  /** For how many seconds credentials are good: 60 to 2,592,000, and 86,400 (a day) unless told. */
  readonly turnTtl?: number;
}

/** The same, checked. */
export interface IceSettings {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly secret: string;
  readonly ttlS: number;
}

/**
 * Checks the options.
 *
 * @returns `undefined`: there is nothing to hand out.
 * @throws {TypeError | RangeError} One of them is not what is expected, or lacks its other half.
 */
export function iceSettingsOf(options: SigverIce): IceSettings | undefined {
  const { stunUrls = [], turnUrls = [], turnSecret: secret = "", turnTtl = TURN_TTL_S } = options;
  checkUrls("stunUrls", stunUrls, STUN_URL);
  checkUrls("turnUrls", turnUrls, TURN_URL);
  if (typeof secret !== "string") throw new TypeError("Cannot use turnSecret: a text expected");
  if (secret !== "" && turnUrls.length === 0) {
    throw new TypeError("Cannot use turnSecret: given without turnUrls");
  }
  if (secret === "" && turnUrls.length > 0) {
    throw new TypeError("Cannot use turnUrls: given without turnSecret");
  }
  if (!Number.isInteger(turnTtl) || turnTtl < TURN_TTL_S_MIN || turnTtl > TURN_TTL_S_MAX) {
    const range = `${TURN_TTL_S_MIN} to ${TURN_TTL_S_MAX}`;
    throw new RangeError(`Cannot use ${turnTtl} s as turnTtl: ${range} expected`);
  }
  if (stunUrls.length === 0 && turnUrls.length === 0) return undefined;
  return {
    stunUrls: stunUrls.length > 0 ? stunUrls : stunOf(turnUrls),
    turnUrls,
    secret,
    ttlS: turnTtl,
  };
}

/** How a URL has to look, and what to say where it does not. */
interface UrlForm {
  readonly form: RegExp;
  readonly expected: string;
}

/** A URL of a STUN server (RFC 7064). */
export const STUN_URL: UrlForm = {
  form: /^stuns?:[^/?\s][^?\s]*$/i,
  expected: "a stun: or stuns: URL",
};

/** A URL of a TURN server (RFC 7065). */
export const TURN_URL: UrlForm = {
  form: /^turns?:[^/?\s][^?\s]*(\?transport=\w+)?$/i,
  expected: "a turn: or turns: URL",
};

function checkUrls(name: string, urls: readonly string[], { form, expected }: UrlForm): void {
  if (!Array.isArray(urls)) throw new TypeError(`Cannot use ${urls} as ${name}: an array expected`);
  if (urls.length > ICE_URLS_MAX) {
    throw new RangeError(`Cannot use ${urls.length} ${name}: at most ${ICE_URLS_MAX} expected`);
  }
  for (const url of urls) {
    if (typeof url === "string" && form.test(url) && url.length <= STRING_BYTES_MAX) continue;
    throw new TypeError(
      `Cannot use ${JSON.stringify(url)} as one of ${name}: ${expected} expected`,
    );
  }
}

/** The same servers by the other protocol that they know; not over TLS, which few clients know. */
function stunOf(turnUrls: readonly string[]): readonly string[] {
  const plain = turnUrls.filter((url) => /^turn:/i.test(url));
  return [...new Set(plain.map((url) => url.replace(/^turn:/i, "stun:").replace(/\?.*$/, "")))];
}

/** A name and a password for TURN, good until a moment in seconds since 1970. */
export async function mintCredential(
  secret: string,
  expiryS: number,
  name: string,
): Promise<Required<Pick<IceServer, "username" | "credential">>> {
  const username = `${expiryS}:${name}`;
  const code = await hmacSha1(secret, username);
  return { username, credential: btoa(String.fromCharCode(...code)) };
}

/** A client of the server. */
interface Client {
  readonly id: SessionId;
}

/** A client asks whether it is in the group. */
export type Connect = Extract<SignalingMessage, { readonly type: "connect" }>;

/** There are ICE servers for a client. */
export interface Minted<Session> {
  readonly type: "minted";
  readonly session: Session;
  /** An encoded offer; `undefined`: none could be made. */
  readonly ice: Uint8Array | undefined;
  /** What the client said, which has waited for that. */
  readonly connect: Connect | undefined;
}

/** What hands out the servers of the options; `undefined` where there is nothing to hand out. */
export function deskOf<Session extends Client>(
  settings: IceSettings | undefined,
  world: SigverWorld,
  tell: (minted: Minted<Session>) => void,
): IceDesk<Session> | undefined {
  return settings && new IceDesk(settings, world, tell);
}

/** Hands out ICE servers, to each client its own, and others once half of their life is over. */
export class IceDesk<Session extends Client> {
  readonly #settings: IceSettings;
  readonly #world: SigverWorld;
  readonly #tell: (minted: Minted<Session>) => void;
  readonly #accounts = new Map<SessionId, Account>();

  /** @param tell Is told in a later turn, of clients that have gone meanwhile too. */
  constructor(
    settings: IceSettings,
    world: SigverWorld,
    tell: (minted: Minted<Session>) => void,
  ) {
    this.#settings = settings;
    this.#world = world;
    this.#tell = tell;
  }

  /**
   * Whether what a client said has to wait, as it gets ICE servers before its answer, with which
   * connections begin. Who says no version knows nothing of them.
   */
  holds(session: Session, connect: Connect): boolean {
    const account = this.#accounts.get(session.id);
    if (connect.version === undefined || (account && !this.#isStale(account))) return false;
    this.#mint(session, account, connect);
    return true;
  }

  /** Has others made for a client whose servers are half over. */
  renew(session: Session): void {
    const account = this.#accounts.get(session.id);
    if (account && this.#isStale(account)) this.#mint(session, account);
  }

  /** A client has gone. */
  forget(session: Session): void {
    this.#accounts.delete(session.id);
  }

  #isStale({ renewMs }: Account): boolean {
    return this.#world.clock.now() >= renewMs;
  }

  #mint(session: Session, account: Account | undefined, connect?: Connect): void {
    const { clock, log, random } = this.#world;
    const { name = random.uint32().toString(36) } = account ?? {};
    const renewMs = clock.now() + this.#settings.ttlS * 1_000 / 2;
    this.#accounts.set(session.id, { name, renewMs });
    const next = (ice?: Uint8Array) => this.#tell({ type: "minted", session, ice, connect });
    offerFor(name, this.#settings).then(next, (error) => {
      log.report(error);
      next();
    });
  }
}

/** What a client is known by, which was handed ICE servers. */
interface Account {
  /** By it a TURN server can tell clients apart, and limit each (`user-quota`). */
  readonly name: string;
  /** When it gets others. */
  readonly renewMs: number;
}

async function offerFor(name: string, settings: IceSettings): Promise<Uint8Array> {
  const { stunUrls, turnUrls, secret, ttlS } = settings;
  const servers: IceServer[] = stunUrls.length > 0 ? [{ urls: stunUrls }] : [];
  if (turnUrls.length > 0) {
    // The time that the TURN servers know, too.
    const expiryS = Math.floor(Date.now() / 1_000) + ttlS;
    servers.push({ urls: turnUrls, ...await mintCredential(secret, expiryS, name) });
  }
  return encodeIce({ servers, lifetimeS: ttlS });
}
