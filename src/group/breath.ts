/**
 * When what a program says is sent: at once, and what it says on in the same breath goes together.
 *
 * ```text
 *        said                 sent, once what runs now is done
 * quiet ──────▶ about to speak ──────────────────────────────▶ breathing: a task goes by
 *   ▲                                                             │  ▲
 *   └─────────────── nothing was said meanwhile ──────────────────┤  │ something was: sent
 *                                                                 └──┘
 * ```
 *
 * @module
 */

/** What a breath needs. */
export interface BreathPorts {
  /** Calls `turn` once what runs now is done. */
  readonly soon: (turn: () => void) => void;
  /** Calls `turn` in a task of its own, behind those that are due. */
  readonly next: (turn: () => void) => void;
  /** Sends all that was said. */
  readonly speak: () => void;
}

/** The breath of one peer. */
export class Breath {
  readonly #ports: BreathPorts;
  #state: "quiet" | "aboutToSpeak" | "breathing" = "quiet";
  #said = false;

  constructor(ports: BreathPorts) {
    this.#ports = ports;
  }

  /** The program says something. */
  say(): void {
    this.#said = true;
    if (this.#state !== "quiet") return;
    this.#state = "aboutToSpeak";
    this.#ports.soon(() => this.#speak());
  }

  #speak(): void {
    this.#said = false;
    this.#state = "breathing";
    this.#ports.speak();
    this.#ports.next(() => {
      if (this.#said) return this.#speak();
      this.#state = "quiet";
    });
  }
}
