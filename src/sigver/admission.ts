// Decides on requests to connect. URL, origin and limits are checked at once, then a token (JWT,
// RFC 7519; docs/SIGVER.md lists its claims), then a callback of the program decides.

import type { JWTPayload } from "jose";
import { type Address, addressPrefix, clientAddress, formatAddress } from "../base/address.ts";
import type { MemberId } from "../base/ids.ts";
import { KEY_LENGTH_MAX } from "../base/limits.ts";
import { SIGVER_ADMISSION_MS, SIGVER_RETRY_AFTER_S } from "../base/sigver_limits.ts";
import { decideByCallback } from "../platform/program_callbacks.ts";
import type { Log } from "../platform/platform.ts";
import { rejectChannel } from "../transport/closing.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import type { UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { decodeDialQuery } from "../wire/dial_query.ts";
import { encodeKey, hasDotSegment, keyIn } from "../wire/signaling_url.ts";
import { cutText } from "../wire/utf8.ts";
import type { ClientInfo } from "./client_connection.ts";
import type { Clients } from "./clients.ts";
import { CLOSE } from "./close_reasons.ts";
import { ConnectionLimiter, type LimitReached, type Slot } from "./limits.ts";
import type { AdmissionRequest, ServerContext, TokenKeys } from "./options.ts";

export class Admission {
  readonly #context: ServerContext;
  readonly #clients: Clients;
  readonly limiter: ConnectionLimiter;
  readonly #authorize: ReturnType<typeof authorizer>;
  readonly #warned = new Set<string>();

  constructor(context: ServerContext, clients: Clients) {
    this.#context = context;
    this.#clients = clients;
    this.limiter = new ConnectionLimiter(context.settings.limits);
    this.#authorize = authorizer(context);
  }

  /** @param isOwn The client is part of this program: it has no address, and is authorized. */
  decide(request: UpgradeRequest, isOwn = false): UpgradeDecision | Promise<UpgradeDecision> {
    const { clock } = this.#context.environment;
    const { origin } = request;
    const address = isOwn ? undefined : this.#addressOf(request);
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
    const key = url ? keyIn(url) : "";
    const isKey = key.length >= 1 && key.length <= KEY_LENGTH_MAX;
    const invalid = url === undefined ? CLOSE.BAD_URL : isKey ? undefined : CLOSE.BAD_KEY;
    const prefix = address && addressPrefix(address);
    const slot = this.limiter.acquire(invalid ? "" : key, prefix, clock.now());
    if ("exceeded" in slot) return this.#refuseAtLimit(slot);
    let held: Slot | undefined = slot;
    const onClosed = () => {
      if (held) this.limiter.release(held, clock.now());
      held = undefined;
    };
    const favored = url?.searchParams.has("favored") ?? false;
    const reject = (refusal: Refusal): UpgradeDecision => {
      const { reason, status } = refusal;
      if (status !== 401 && status !== 403) {
        onClosed();
        return refusal;
      }
      // Until its WebSocket has closed, it takes no place in the group, but counts otherwise.
      held = this.limiter.leaveGroup(slot);
      const from = prefix && { address: prefix };
      this.#context.log.write("info", "refused", { group: key, ...from, reason });
      return { ...refusal, closeCode: SigverClose.REFUSED, onClosed };
    };
    const admit = ({ membersMax }: Grant): UpgradeDecision => ({
      type: "admit",
      // Clients expect a close code for an invalid URL or key, not an HTTP status.
      accept: (channel) =>
        invalid
          ? rejectChannel(channel, invalid)
          : this.#clients.accept(channel, { ...slot, favored, membersMax }),
      onClosed,
    });
    const foreign = this.#refuseOrigin(origin);
    if (foreign) return reject(foreign);
    if (url === undefined || isOwn || this.#authorize === undefined) return admit({});
    const text = address && formatAddress(address);
    return this.#authorize({ key, url, origin, address: text, request: request.request }).then(
      (result) => "type" in result ? reject(result) : admit(result),
    );
  }

  /** Checks origin, token and `admit`, but no limits, for dials of a server that is a member. */
  authorize(asked: UpgradeRequest): Grant | Refusal | Promise<Grant | Refusal> {
    const { url: text, origin } = asked;
    const url = new URL(text);
    const key = keyIn(url);
    const request = { key, url, origin, address: undefined, request: asked.request };
    const result = this.#refuseOrigin(origin) ?? this.#authorize?.(request) ?? {};
    const sender = decodeDialQuery(url)?.sender;
    const judge = (result: Grant | Refusal) =>
      "type" in result || this.#hasPlace(key, sender, result) ? result : refuse(403, FULL);
    return result instanceof Promise ? result.then(judge) : judge(result);
  }

  /** Whether a client is a member, or its token lets it join the group. */
  #hasPlace(key: string, sender: MemberId | undefined, { membersMax = Infinity }: Grant): boolean {
    const members = this.#clients.rooms.get(key)?.members ?? [];
    return members.length < membersMax || (sender !== undefined && members.includes(sender));
  }

  /** Counts such a dial against the limits for sockets of the server and of the address. */
  hold(request: UpgradeRequest): { readonly release: () => void } | Refusal {
    const { clock } = this.#context.environment;
    const address = this.#addressOf(request);
    const slot = this.limiter.acquire("", address && addressPrefix(address), clock.now());
    if ("exceeded" in slot) return this.#refuseAtLimit(slot);
    let isHeld = true;
    const release = () => {
      if (isHeld) this.limiter.release(slot, clock.now());
      isHeld = false;
    };
    return { release };
  }

  #refuseOrigin(origin: string | undefined): Refusal | undefined {
    const { metrics, settings: { origins } } = this.#context;
    if (origins === undefined || origin === undefined || origins.has(origin)) return undefined;
    metrics.refused.origin++;
    const given = JSON.stringify(cutText(origin, ORIGIN_BYTES_MAX));
    return refuse(403, `Forbidden: the origin ${given} is not allowed`);
  }

  #refuseAtLimit({ exceeded, waitMs }: LimitReached): Refusal {
    this.#context.metrics.limitExceeded(exceeded);
    if (exceeded === "sockets" || exceeded === "group_sockets") {
      const name = exceeded === "sockets" ? "server" : "group";
      return refuse(503, `Unavailable: the ${name} is full`, SIGVER_RETRY_AFTER_S);
    }
    const retryAfterS = waitMs === undefined ? SIGVER_RETRY_AFTER_S : Math.ceil(waitMs / 1_000);
    return refuse(429, "Too many requests: the limit of this address is reached", retryAfterS);
  }

  #addressOf({ remote, forwardedFor }: UpgradeRequest): Address | undefined {
    if (remote === undefined) {
      this.#warnOnce("no_addresses", "the handler gets no addresses: no limits by address apply");
      return undefined;
    }
    const { trusted } = this.#context.settings;
    const { address, isProxied } = clientAddress(remote, forwardedFor, trusted);
    if (forwardedFor !== undefined && !isProxied) {
      const reason = "X-Forwarded-For received from an address that is not in trustedProxies";
      this.#warnOnce("proxy_not_trusted", reason);
    }
    return address;
  }

  #warnOnce(event: string, reason: string): void {
    if (this.#warned.has(event)) return;
    this.#warned.add(event);
    this.#context.log.write("warn", event, { reason });
  }
}

const FULL = "Forbidden: the group is full";

/** A program can send an origin of any length, which is logged. Those of pages have up to this. */
const ORIGIN_BYTES_MAX = 300;

export type Grant = Partial<Pick<ClientInfo, "membersMax">>;

export type Refusal = UpgradeDecision & { readonly type: "refuse" };

export function refuse(status: number, reason: string, retryAfterS?: number): Refusal {
  return { type: "refuse", status, reason, ...(retryAfterS && { retryAfterS }) };
}

type Authorize = (request: AdmissionRequest) => Promise<Grant | Refusal>;

export function authorizer(
  { environment, log, metrics, settings }: ServerContext,
): Authorize | undefined {
  const { admit, tokenKeys } = settings;
  if (admit === undefined && tokenKeys === undefined) return undefined;
  const recovered = (clients: number) => log.write("info", "keys_loaded", { clients });
  const verifyToken = tokenKeys && tokenVerifier(tokenKeys, recovered);
  const report = (error: unknown) => environment.log.report(error);
  return async (request) => {
    const token = request.url.searchParams.get("token") ?? "";
    const grant = verifyToken ? await verifyToken(token, request.key, report) : {};
    if ("type" in grant) metrics.refused.token++;
    if ("type" in grant || admit === undefined) return grant;
    const { clock } = environment;
    const decision = await decideByCallback(
      () => admit(request),
      clock,
      SIGVER_ADMISSION_MS,
      report,
    );
    if (decision === "yes") return grant;
    metrics.refused.admit++;
    return decision === "late"
      ? refuse(503, "Unavailable: the authorization took too long", SIGVER_RETRY_AFTER_S)
      : refuse(403, "Forbidden: admit() of the server refuses this client");
  };
}

type VerifyToken = (token: string, key: string, report: Log["report"]) => Promise<Grant | Refusal>;

/**
 * Verifies tokens with a secret (HS256) or with the public keys at a URL (JWKS, RFC 7517). If those
 * cannot be loaded, the error is reported once, until they can.
 *
 * @param recovered Called then, with the number of requests that were refused.
 */
export function tokenVerifier(
  keys: TokenKeys,
  recovered: (refused: number) => void = () => {},
): VerifyToken {
  const algorithms = "secret" in keys ? ["HS256"] : ASYMMETRIC_ALGORITHMS;
  let loaded: ReturnType<typeof load> | undefined;
  let refused = 0;
  return async (token, key, report) => {
    try {
      const { jose, signingKey } = await (loaded ??= load(keys));
      const options = { algorithms, requiredClaims: ["exp"] };
      const { payload } = await jose.jwtVerify(token, signingKey, options)
        .catch(async (error) => {
          // The token has no `kid`: try each key that fits.
          if (error?.code !== "ERR_JWKS_MULTIPLE_MATCHING_KEYS") throw error;
          for await (const key of error) {
            const verified = await jose.jwtVerify(token, key, options).catch(() => undefined);
            if (verified) return verified;
          }
          throw new jose.errors.JWSSignatureVerificationFailed();
        });
      if (refused > 0) recovered(refused);
      refused = 0;
      return grantOf(payload, key);
    } catch (error) {
      if (token === "") return unauthorized("a token expected");
      if (codeOf(error) === "ERR_JWT_EXPIRED") return unauthorized("the token has expired");
      const { claim, message } = error as { readonly claim?: unknown; readonly message: string };
      if (isOfToken(error)) {
        return unauthorized(`the token is not valid${claim ? `: ${message}` : ""}`);
      }
      if (refused++ === 0) report(error);
      return refuse(503, "Unavailable: cannot load the keys for tokens", SIGVER_RETRY_AFTER_S);
    }
  };
}

/** Loads `jose`, which only servers that verify tokens need. */
async function load(keys: TokenKeys) {
  const jose = await import("jose");
  if ("jwks" in keys) return { jose, signingKey: jose.createRemoteJWKSet(new URL(keys.jwks)) };
  const secret = new TextEncoder().encode(keys.secret);
  return { jose, signingKey: () => secret };
}

function unauthorized(what: string): Refusal {
  return refuse(401, `Unauthorized: ${what}`);
}

/** Excludes HS256, for which a public key could be used as the secret (RFC 8725, section 3.1). */
const ASYMMETRIC_ALGORITHMS = [
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
  ...["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"],
];

/** Errors of jose that concern the keys at the URL, not the token. */
const KEY_SET_ERRORS = ["ERR_JOSE_GENERIC", "ERR_JWKS_INVALID", "ERR_JWKS_TIMEOUT"];

function isOfToken(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith("ERR_J") && !KEY_SET_ERRORS.includes(code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function grantOf({ key: claimed, keyPrefix, members }: JWTPayload, key: string): Grant | Refusal {
  const prefix = keyInUrl(keyPrefix);
  const isGroup = claimed === undefined
    ? prefix !== undefined && key.startsWith(prefix)
    : keyInUrl(claimed) === key;
  if (!isGroup) return unauthorized("the token is not for this group");
  if (members === undefined) return {};
  const isCount = Number.isInteger(members) && Number(members) >= 1 && Number(members) < 2 ** 32;
  if (isCount) return { membersMax: Number(members) };
  return unauthorized("the token is not valid: members has to be an integer of at least 1");
}

/** Returns a key as encoded in a URL; `undefined` if a URL cannot contain it. */
function keyInUrl(key: unknown): string | undefined {
  if (typeof key !== "string" || !key.isWellFormed() || hasDotSegment(key)) return undefined;
  return keyIn(new URL(`ws://host/${encodeKey(key)}`));
}
