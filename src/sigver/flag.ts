/**
 * The kinds of flags that the program knows: how their values are written, read and judged.
 *
 * @sansio
 * @module
 */

/** A setting of the program: a flag of the command line, or a variable of the environment. */
export interface Flag<Value> {
  /** What it is for, for people. */
  readonly purpose: string;
  /** What stands for the value where the flag is explained; a flag without takes no value. */
  readonly placeholder: string | undefined;
  /** What a value has to be, for people. */
  readonly expected: string;
  /** The value where none is given. */
  readonly fallback: Value;
  /** Whether all values count that are given, and not only the last. */
  readonly repeats: boolean;
  /** Reads what was given, in this order. */
  readonly read: (given: Given) => Reading<Value>;
}

/** The values of a flag as they were written: at least one. */
export type Given = readonly [string, ...string[]];

/** A value, or the first text that is none. */
export type Reading<Value> = { readonly value: Value } | { readonly misfit: string };

/** Any text but the empty one. */
export function text<Fallback extends string | undefined = undefined>(
  placeholder: string,
  purpose: string,
  ...[fallback]: Fallback extends undefined ? [] : [fallback: Fallback]
): Flag<string | Fallback> {
  const form = { placeholder, purpose, expected: "a text", read: (value: string) => value };
  return single<string, Fallback>(form, fallback as Fallback);
}

/** A text of a form. */
export function matching(
  placeholder: string,
  purpose: string,
  expected: string,
  form: RegExp,
): Flag<string | undefined> {
  const read = (value: string) => form.test(value) ? value : undefined;
  return single<string, undefined>({ placeholder, purpose, expected, read }, undefined);
}

/** An integer from `min`, which is 0 unless told, to `max`. */
export function integer<Fallback extends number | undefined>(
  placeholder: string,
  purpose: string,
  fallback: Fallback,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): Flag<number | Fallback> {
  const read = (value: string) => {
    const number = Number(value);
    return /^\d{1,16}$/.test(value) && number >= min && number <= max ? number : undefined;
  };
  return single({ placeholder, purpose, expected: `${min} to ${max}`, read }, fallback);
}

/** One of some words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  purpose: string,
  fallback: NoInfer<Word>,
): Flag<Word> {
  return single<Word, Word>({
    placeholder: words.join("|"),
    purpose,
    expected: `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
    read: (value) => words.find((word) => word === value),
  }, fallback);
}

/** Off, unless the flag is there, or its variable says `true`. */
export function toggle(purpose: string): Flag<boolean> {
  const read = (value: string) => value === "true" || (value === "false" ? false : undefined);
  return single({ placeholder: undefined, purpose, expected: "true or false", read }, false);
}

/** Any number of what another flag takes one of: the flag again, or commas in the variable. */
export function many<Value>(flag: Flag<Value>): Flag<readonly NonNullable<Value>[]> {
  return {
    ...flag,
    fallback: [],
    repeats: true,
    read(given) {
      const values: NonNullable<Value>[] = [];
      for (const one of given) {
        const reading = flag.read([one]);
        if ("misfit" in reading) return reading;
        values.push(reading.value!);
      }
      return { value: values };
    },
  };
}

/** How one value is written, explained and read. */
interface Form<Value> extends Pick<Flag<Value>, "placeholder" | "purpose" | "expected"> {
  /** `undefined` for what is no such value. */
  readonly read: (text: string) => Value | undefined;
}

/** Who says a thing twice means the last. */
function single<Value, Fallback>(
  { read, ...form }: Form<Value>,
  fallback: Fallback,
): Flag<Value | Fallback> {
  return {
    ...form,
    fallback,
    repeats: false,
    read(given) {
      const last = given.at(-1) ?? given[0];
      const value = read(last);
      return value === undefined ? { misfit: last } : { value };
    },
  };
}
