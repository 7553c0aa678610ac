/** Records the messages of errors that are reported to the program, as by `reportError`. */
export class ReportedErrors implements Disposable {
  readonly messages: string[] = [];
  readonly #listener = (event: ErrorEvent): void => {
    event.preventDefault();
    this.messages.push(event.error.message);
  };

  constructor() {
    globalThis.addEventListener("error", this.#listener);
  }

  [Symbol.dispose](): void {
    globalThis.removeEventListener("error", this.#listener);
  }
}
