const LOOK_EVERY_MS = 20;

/** The memory of this process, looked at from the first question on. */
export class Memory {
  #looking = false;
  #before = 0;
  #most = 0;

  /** By how many bytes it grew at most since the last question. */
  growth(): number {
    this.#look();
    const growth = this.#most - this.#before;
    this.#before = this.#most = Deno.memoryUsage().rss;
    if (!this.#looking) setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#looking = true;
    return growth;
  }

  #look(): void {
    this.#most = Math.max(this.#most, Deno.memoryUsage().rss);
  }
}
