/**
 * Hands the STUN and TURN servers of a server to its clients, with credentials that expire, by the
 * convention of coturn's `use-auth-secret`
 * (https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00).
 *
 * ```text
 * username   := EXPIRY:NAME               EXPIRY in seconds since 1970
 * credential := base64(HMAC-SHA1(secret, username))
 * ```
 *
 * @module
 */

import { hmacSha1 } from "../platform/hmac.ts";
import { encodeIce, type IceServer } from "../wire/ice.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import type { IceSettings } from "./ice.ts";
import type { ConnectionId } from "./pairings.ts";
import type { SigverWorld } from "./world.ts";

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
  readonly id: ConnectionId;
}

/** A client asks whether it is in the group. */
export type ConnectRequest = Extract<SignalingMessage, { readonly type: "connect" }>;

/** There are ICE servers for a client. */
export interface Minted<Connection> {
  readonly type: "minted";
  readonly connection: Connection;
  /** An encoded offer; `undefined`: none could be made. */
  readonly ice: Uint8Array | undefined;
  /** What the client said, which has waited for that. */
  readonly connect: ConnectRequest | undefined;
}

/** What hands out the servers of the options; `undefined` where there is nothing to hand out. */
export function deskOf<Connection extends Client>(
  settings: IceSettings | undefined,
  world: SigverWorld,
  tell: (minted: Minted<Connection>) => void,
): IceDesk<Connection> | undefined {
  return settings && new IceDesk(settings, world, tell);
}

/** Hands out ICE servers, to each client its own, and others once half of their life is over. */
export class IceDesk<Connection extends Client> {
  readonly #settings: IceSettings;
  readonly #world: SigverWorld;
  readonly #tell: (minted: Minted<Connection>) => void;
  readonly #accounts = new Map<ConnectionId, Account>();

  /** @param tell Is told in a later turn, of clients that have gone meanwhile too. */
  constructor(
    settings: IceSettings,
    world: SigverWorld,
    tell: (minted: Minted<Connection>) => void,
  ) {
    this.#settings = settings;
    this.#world = world;
    this.#tell = tell;
  }

  /**
   * Whether what a client said has to wait, as it gets ICE servers before its answer, with which
   * connections begin. Who says no version knows nothing of them.
   */
  holds(connection: Connection, connect: ConnectRequest): boolean {
    const account = this.#accounts.get(connection.id);
    if (connect.version === undefined || (account && !this.#isStale(account))) return false;
    this.#mint(connection, account, connect);
    return true;
  }

  /** Has others made for a client whose servers are half over. */
  renew(connection: Connection): void {
    const account = this.#accounts.get(connection.id);
    if (account && this.#isStale(account)) this.#mint(connection, account);
  }

  /** A client has gone. */
  forget(connection: Connection): void {
    this.#accounts.delete(connection.id);
  }

  #isStale({ renewMs }: Account): boolean {
    return this.#world.clock.now() >= renewMs;
  }

  #mint(connection: Connection, account: Account | undefined, connect?: ConnectRequest): void {
    const { clock, log, random } = this.#world;
    const { name = random.uint32().toString(36) } = account ?? {};
    const renewMs = clock.now() + this.#settings.ttlS * 1_000 / 2;
    this.#accounts.set(connection.id, { name, renewMs });
    const next = (ice?: Uint8Array) => this.#tell({ type: "minted", connection, ice, connect });
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
