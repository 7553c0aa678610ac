const LOOK_EVERY_MS = 20;

export class Memory {
  #looking = false;
  #before = 0;
  #most = 0;

  /** The largest growth in bytes since the last call. */
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
