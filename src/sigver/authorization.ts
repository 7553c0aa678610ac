/**
 * Authorizes requests: by a token (JWT, RFC 7519) with the claims of docs/SIGVER.md, and by a
 * callback of the program.
 *
 * @module
 */

import type { JWTPayload } from "jose";
import { SIGVER_ADMISSION_MS, SIGVER_RETRY_AFTER_S } from "../base/sigver_limits.ts";
import { askProgram } from "../platform/ask_program.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import { encodeKey, hasDotSegment, keyIn } from "../wire/signaling_url.ts";
import type { AdmissionRequest, ServerParts, TokenKeys } from "./options.ts";

export interface Grant {
  /** The members of the group up to which the client may join; by default any number. */
  readonly membersMax?: number | undefined;
}

export type Refusal = UpgradeDecision & { readonly type: "refuse" };

export function refuse(status: number, reason: string, retryAfterS?: number): Refusal {
  return { type: "refuse", status, reason, ...(retryAfterS && { retryAfterS }) };
}

type Authorize = (request: AdmissionRequest) => Promise<Grant | Refusal>;

/** Returns the check of requests, which never rejects; `undefined` if all are authorized. */
export function authorizer({ environment, metrics, settings }: ServerParts): Authorize | undefined {
  const { admit, tokenKeys } = settings;
  if (admit === undefined && tokenKeys === undefined) return undefined;
  const verifyToken = tokenKeys && tokenVerifier(tokenKeys);
  const report = (error: unknown) => environment.log.report(error);
  return async (request) => {
    const token = request.url.searchParams.get("token") ?? "";
    const grant = verifyToken ? await verifyToken(token, request.key, report) : {};
    if ("type" in grant) metrics.refused.token++;
    if ("type" in grant || admit === undefined) return grant;
    const { clock } = environment;
    const answer = await askProgram(() => admit(request), clock, SIGVER_ADMISSION_MS, report);
    if (answer === "yes") return grant;
    metrics.refused.admit++;
    return answer === "late"
      ? refuse(503, "Unavailable: the authorization took too long", SIGVER_RETRY_AFTER_S)
      : refuse(403, "Forbidden: the program refuses this client");
  };
}

type VerifyToken = (
  token: string,
  key: string,
  report: (error: unknown) => void,
) => Promise<Grant | Refusal>;

/**
 * Verifies tokens with a secret (HS256) or with the public keys at a URL (JWKS, RFC 7517). If those
 * cannot be loaded, the error is reported.
 */
export function tokenVerifier(keys: TokenKeys): VerifyToken {
  const algorithms = "secret" in keys ? ["HS256"] : ASYMMETRIC_ALGORITHMS;
  let loaded: ReturnType<typeof load> | undefined;
  return async (token, key, report) => {
    try {
      const { jose, signingKey } = await (loaded ??= load(keys));
      const options = { algorithms, requiredClaims: ["exp"] };
      const { payload } = await jose.jwtVerify(token, signingKey, options);
      return grantOf(payload, key) ?? NOT_AUTHORIZED;
    } catch (error) {
      if (isOfToken(error)) return NOT_AUTHORIZED;
      report(error);
      return refuse(503, "Unavailable: the keys of tokens cannot be had", SIGVER_RETRY_AFTER_S);
    }
  };
}

/** Loads the package only in a server that verifies tokens. */
async function load(keys: TokenKeys) {
  const jose = await import("jose");
  if ("jwks" in keys) return { jose, signingKey: jose.createRemoteJWKSet(new URL(keys.jwks)) };
  const secret = new TextEncoder().encode(keys.secret);
  return { jose, signingKey: () => secret };
}

const NOT_AUTHORIZED = refuse(401, "Unauthorized: a valid token for this group expected");

/** No public key is ever used as the secret of HS256 (RFC 8725, section 3.1). */
const ASYMMETRIC_ALGORITHMS = [
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
  ...["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"],
];

/** Errors of jose that are about the keys at the URL, and not about the token. */
const KEY_SET_ERRORS = ["ERR_JOSE_GENERIC", "ERR_JWKS_INVALID", "ERR_JWKS_TIMEOUT"];

function isOfToken(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_J") && !KEY_SET_ERRORS.includes(code);
}

function grantOf({ key: claimed, keyPrefix, members }: JWTPayload, key: string): Grant | undefined {
  const prefix = keyInUrl(keyPrefix);
  const isGroup = claimed === undefined
    ? prefix !== undefined && key.startsWith(prefix)
    : keyInUrl(claimed) === key;
  if (!isGroup) return undefined;
  if (members === undefined) return {};
  const isCount = Number.isInteger(members) && Number(members) >= 1 && Number(members) < 2 ** 32;
  return isCount ? { membersMax: Number(members) } : undefined;
}

/** A key as it stands in the path of a URL; `undefined` if it cannot. */
function keyInUrl(key: unknown): string | undefined {
  if (typeof key !== "string" || !key.isWellFormed() || hasDotSegment(key)) return undefined;
  return keyIn(new URL(`ws://host/${encodeKey(key)}`));
}
