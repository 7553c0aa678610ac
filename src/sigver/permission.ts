/**
 * Whether somebody has a token, and whether the program around the server lets them in.
 *
 * @module
 */

import { SIGVER_ADMISSION_MS, SIGVER_RETRY_AFTER_S } from "../base/sigver_limits.ts";
import type { Clock } from "../platform/platform.ts";
import type { Counts } from "./counts.ts";
import type { Refusal } from "./door.ts";
import type { AdmissionRequest, Settings } from "./options.ts";
import { verifyToken } from "./token.ts";

/** Asks for what takes time to find out. */
export class Permission {
  readonly #settings: Settings;
  readonly #counts: Counts;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;

  constructor(settings: Settings, counts: Counts, clock: Clock, report: (error: unknown) => void) {
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
    const refusal = await this.#asked(async () => await admit(request));
    if (refusal) this.#counts.refused.admit++;
    return refusal;
  }

  /** The program may fail, or never answer: then nobody comes in. */
  #asked(admit: () => Promise<boolean>): Promise<Refusal | undefined> {
    return new Promise((resolve) => {
      const callOff = this.#clock.at(this.#clock.now() + SIGVER_ADMISSION_MS, () => {
        const reason = "Cannot come in: it took too long to decide";
        resolve({ type: "refuse", status: 503, reason, retryAfterS: SIGVER_RETRY_AFTER_S });
      });
      const decide = (isWelcome: boolean) => {
        callOff();
        resolve(isWelcome ? undefined : KEPT_OUT);
      };
      admit().then((answer) => decide(answer === true), (error) => {
        this.#report(error);
        decide(false);
      });
    });
  }
}

const KEPT_OUT: Refusal = { type: "refuse", status: 403, reason: "Cannot come in: not welcome" };

/** The one clock that those who sign tokens have too. */
function hasToken({ key, url }: AdmissionRequest, secret: string): Promise<boolean> {
  return verifyToken(url.searchParams.get("token") ?? "", secret, key, new Date());
}
