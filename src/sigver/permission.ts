/**
 * Whether somebody has a token, and whether the program around the server lets them in.
 *
 * @module
 */

import { SIGVER_ADMISSION_MS, SIGVER_RETRY_AFTER_S } from "../base/sigver_limits.ts";
import type { Clock } from "../platform/platform.ts";
import { askProgram } from "../platform/ask_program.ts";
import type { Counts } from "./counts.ts";
import type { Refusal } from "./door.ts";
import type { AdmissionRequest, SigverSettings } from "./options.ts";
import { verifyToken } from "./token.ts";

/** Asks for what takes time to find out. */
export class Permission {
  readonly #settings: SigverSettings;
  readonly #counts: Counts;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;

  constructor(
    settings: SigverSettings,
    counts: Counts,
    clock: Clock,
    report: (error: unknown) => void,
  ) {
    this.#settings = settings;
    this.#counts = counts;
    this.#clock = clock;
    this.#report = report;
  }

  /** Whether anybody has to be asked. */
  get needed(): boolean {
    return this.#settings.secret !== undefined || this.#settings.admit !== undefined;
  }

  /** Why somebody is kept out; `undefined` where they may come in. Never rejects. */
  async refusalOf(request: AdmissionRequest): Promise<Refusal | undefined> {
    const { secret, admit } = this.#settings;
    if (secret !== undefined && !await hasToken(request, secret)) {
      this.#counts.refused.token++;
      return { type: "refuse", status: 401, reason: "Cannot come in: a good token expected" };
    }
    if (admit === undefined) return undefined;
    const answer = await askProgram(
      () => admit(request),
      this.#clock,
      SIGVER_ADMISSION_MS,
      this.#report,
    );
    if (answer === "yes") return undefined;
    this.#counts.refused.admit++;
    return answer === "late" ? TOO_LATE : KEPT_OUT;
  }
}

const KEPT_OUT: Refusal = { type: "refuse", status: 403, reason: "Cannot come in: not welcome" };

const TOO_LATE: Refusal = {
  type: "refuse",
  status: 503,
  reason: "Cannot come in: it took too long to decide",
  retryAfterS: SIGVER_RETRY_AFTER_S,
};

/** The one clock that those who sign tokens have too. */
function hasToken({ key, url }: AdmissionRequest, secret: string): Promise<boolean> {
  return verifyToken(url.searchParams.get("token") ?? "", secret, key, new Date());
}
