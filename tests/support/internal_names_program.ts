// A program for `tests/scripts/internal_names_test.ts`. Each property is named after its use.

import * as other from "./internal_names_shared.ts";

interface Internal {
  readonly internalField: number;
  internalMethod(argument: { readonly internalArgument: number }): number;
}

export interface PublicOptions {
  readonly publicOption?: number;
  readonly publicHandler?: (event: PublicEvent) => PublicResult | undefined;
}

interface PublicEvent {
  readonly publicDetail: ReadonlyMap<string, { readonly publicInMap: number }>;
}

interface PublicResult {
  readonly publicAnswer: number;
}

export class PublicClass {
  readonly publicField: number;
  readonly #internal: Internal;

  constructor({ publicOption = 0, publicHandler }: PublicOptions = {}) {
    const shared: other.Shared = { internalOfShared: publicOption };
    const settings = { internalOption: shared.internalOfShared };
    this.#internal = {
      internalField: settings.internalOption,
      internalMethod: ({ internalArgument }) => internalArgument,
    };
    const publicDetail = new Map([["", { publicInMap: this.#internal.internalField }]]);
    this.publicField = publicHandler?.({ publicDetail })?.publicAnswer ?? 0;
  }

  /** Uses all names. */
  publicMethod(): unknown[] {
    const found = new Map<number, { readonly internalOfMap: number }>();
    found.set(1, { internalOfMap: this.#internal.internalField });
    const internal = this.#internal.internalMethod({ internalArgument: 1 });
    return [internal, found.get(1)?.internalOfMap, ...stringified(), ...listed(), ...dynamic()];
  }
}

function stringified(): unknown[] {
  const written = { keptInJson: { keptDeepInJson: 1 } };
  const read: { readonly keptFromJson?: number } = JSON.parse(JSON.stringify(written));
  const cast = JSON.parse("{}") as { readonly keptByCast?: number };
  const untyped = JSON.parse("{}").keptOfAny;
  return [read.keptFromJson, cast.keptByCast, untyped];
}

/** Has fewer names than its values, which are enumerated nevertheless. */
interface Named {
  readonly type: string;
}

function listed(): unknown[] {
  const narrow: { readonly type: string; readonly keptInSubtype: number } = {
    type: "keptAsString",
    keptInSubtype: 1,
  };
  const table: Readonly<Record<string, number>> = { keptInRecord: 1 };
  const values = { keptAsString: 1, "keptAsQuoted": 2 };
  return [namesOf(narrow), table, values.keptAsString, values.keptAsQuoted, generic()];
}

function namesOf(value: Named): string[] {
  return Object.keys(value);
}

function generic(): unknown[] {
  return entriesOf({ keptByGeneric: 1 });
}

function entriesOf<Value extends object>(value: Value): unknown[] {
  return Object.entries(value);
}

function dynamic(): unknown[] {
  const columns = { keptColumn1: 1, keptColumn2: 2 };
  const key = `keptColumn${Math.random() < 0.5 ? 1 : 2}` as const;
  const connection: { readonly onLine: boolean; readonly keptOfPlatform?: number } = navigator;
  const { keptOfModule } = { keptOfModule: other.keptOfModule };
  return [keptOfModule, columns[key], connection.keptOfPlatform, isGuarded({}) ? 1 : 0];
}

function isGuarded(value: unknown): value is { readonly keptByGuard: number } {
  return value !== undefined;
}
