import { parseReport, type Report, type View } from "./reports.ts";

export class EventLog {
  readonly reports: Report[] = [];
  readonly #heardAt = new Map<string, number>();
  #view: View | undefined;
  #changedAt = 0;
  #sent = 0;
  readonly #latest = new Map<string, number>();

  get view(): View | undefined {
    return this.#view;
  }

  /** The last change of its id, its state or its members. */
  get changedAt(): number {
    return this.#changedAt;
  }

  get sent(): number {
    return this.#sent;
  }

  heardAt(by: string): number {
    return this.#heardAt.get(by) ?? 0;
  }

  latestOf(by: string): number {
    return this.#latest.get(by) ?? 0;
  }

  /** Ignores lines that are no reports. */
  read(line: string): void {
    const report = parseReport(line);
    if (report === undefined) return;
    this.reports.push(report);
    const { at } = report;
    if (report.type === "heard") {
      this.#heardAt.set(report.by, at);
      this.#latest.set(report.by, Math.max(report.number, this.latestOf(report.by)));
      return;
    }
    this.#view = report.view;
    if (report.type === "sent") this.#sent = report.number;
    else this.#changedAt = at;
  }
}
