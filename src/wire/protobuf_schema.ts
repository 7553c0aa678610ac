// Protobuf schemas: encoder, decoder and type of each message come from one definition.
//
//   import * as pb from "./protobuf_schema.ts";
//
//   const connect = pb.record({ id: pb.uint32(1), version: pb.optional(pb.uint32(15)) });
//   const bytes = pb.encoder(connect)({ id: 7, version: 5 });
//   pb.decoder(connect)(bytes);
//
// A `Part` is a set of fields and the value that they form. Parts can be composed. Fields are
// written in the order of the schema. When reading,
//
// - an absent field is 0, false or empty,
// - of repeated fields, or fields of a `oneof`, the last one counts,
// - a field that is not in the schema, or has another wire type there, is skipped.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import { asMemberId, isId, type MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, LISTED_IDS_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { Message, readMessage, readVarints } from "./protobuf_reader.ts";
import { BYTES, Fields, VARINT } from "./protobuf_writer.ts";
import { decodeText, encodeText } from "./utf8.ts";

export interface Part<Value> {
  /** The tag (`number << 3 | wireType`) of each field, and the schema of an embedded message. */
  readonly fields: readonly { readonly tag: number; readonly schema?: Part<unknown> }[];
  build(message: Message): Value;
  write(fields: Fields, value: Value): void;
}

export type ValueOf<Schema> = Schema extends Part<infer Value> ? Value : never;

type Shape<Value = unknown> = Readonly<Record<string, Part<Value>>>;

type OptionalKeys<Parts extends Shape> = {
  [Key in keyof Parts]: undefined extends ValueOf<Parts[Key]> ? Key : never;
}[keyof Parts];

type Flat<Value> = { [Key in keyof Value]: Value[Key] };

export type RecordOf<Parts extends Shape> = Flat<
  & { readonly [Key in Exclude<keyof Parts, OptionalKeys<Parts>>]: ValueOf<Parts[Key]> }
  & { readonly [Key in OptionalKeys<Parts>]?: ValueOf<Parts[Key]> }
>;

export type OneOf<Variants extends Shape> = {
  [Type in keyof Variants]: Flat<{ readonly type: Type } & ValueOf<Variants[Type]>>;
}[keyof Variants];

export function encoder<Value>(schema: Part<Value>): (value: Value) => Uint8Array<ArrayBuffer> {
  return (value) => fieldsOf(schema, value).finish();
}

/**
 * Returns a function that decodes a message, or throws a {@linkcode ProtocolError}. Bytes in the
 * message are views of the input.
 */
export function decoder<Value>(schema: Part<Value>): (bytes: Uint8Array) => Value {
  return (bytes) => schema.build(readMessage(bytes));
}

function fieldsOf<Value>(schema: Part<Value>, value: Value): Fields {
  const fields = new Fields();
  schema.write(fields, value);
  return fields;
}

/** A record omits the key of an absent value. */
export function record<const Parts extends Shape>(parts: Parts): Part<RecordOf<Parts>> {
  return {
    fields: Object.values(parts).flatMap(({ fields }) => fields),
    build(message) {
      const record: Record<string, unknown> = {};
      for (const key in parts) {
        const value = parts[key]!.build(message);
        if (value !== undefined) record[key] = value;
      }
      return record as RecordOf<Parts>;
    },
    write(fields, record: Readonly<Record<string, unknown>>) {
      for (const key in parts) parts[key]!.write(fields, record[key]);
    },
  };
}

/** The variant whose first field occurs last; if there is none, the variant without fields. */
export function oneof<const Variants extends Shape<object>>(
  name: string,
  variants: Variants,
): Part<OneOf<Variants>> {
  const types: Record<number, keyof Variants> = {};
  for (const type in variants) types[variants[type]!.fields[0]?.tag ?? 0] = type;
  return {
    fields: Object.values(variants).flatMap(({ fields }) => fields),
    build(message) {
      let type = types[0];
      for (const tag of message.tags) type = types[tag] ?? type;
      if (type === undefined) {
        const expected = Object.keys(variants);
        throw new ProtocolError(
          "UNEXPECTED",
          `Cannot decode ${name}: one of ${expected.join(", ")} expected`,
        );
      }
      return { type, ...variants[type]!.build(message) } as OneOf<Variants>;
    },
    write(fields, value: { readonly type: keyof Variants }) {
      variants[value.type]!.write(fields, value);
    },
  };
}

export function both<One extends object, Other extends object>(
  one: Part<One>,
  other: Part<Other>,
): Part<Flat<One & Other>> {
  return {
    fields: [...one.fields, ...other.fields],
    build: (message) => ({ ...one.build(message), ...other.build(message) }),
    write(fields, value) {
      one.write(fields, value);
      other.write(fields, value);
    },
  };
}

/** An absent field is `undefined`. */
export function optional<Value>(part: Part<Value>): Part<Value | undefined> {
  const { fields } = part;
  return {
    fields,
    build: (message) =>
      fields.some(({ tag }) => message.tags.includes(tag)) ? part.build(message) : undefined,
    write: (fields, value) => value === undefined || part.write(fields, value),
  };
}

export function convert<Wire, Value>(
  part: Part<Wire>,
  fromWire: (value: Wire) => Value,
  toWire: (value: Value) => Wire,
): Part<Value> {
  return {
    fields: part.fields,
    build: (message) => fromWire(part.build(message)),
    write: (fields, value) => part.write(fields, toWire(value)),
  };
}

export function refine<Wire, Value extends Wire>(
  part: Part<Wire>,
  check: (value: Wire) => Value,
): Part<Value> {
  return convert(part, check, (value) => value);
}

export function uint32(number: number): Part<number> {
  return {
    fields: [{ tag: number << 3 | VARINT }],
    build: (message) => message.uint32(number) ?? 0,
    write: (fields, value) => fields.uint32(number, value),
  };
}

/** An id; 0 on the wire means `undefined`. */
export function optionalId<Id extends number>(number: number): Part<Id | undefined> {
  return convert(uint32(number), (id) => (id || undefined) as Id | undefined, (id) => id ?? 0);
}

export function bool(number: number): Part<boolean> {
  return convert(uint32(number), Boolean, Number);
}

/** A `bool` whose presence is its only meaning. */
export function flag(number: number): Part<object> {
  return convert(uint32(number), () => ({}), () => 1);
}

export function bytes(number: number): Part<Uint8Array> {
  return {
    fields: [{ tag: number << 3 | BYTES }],
    build: (message) => message.bytes(number) ?? new Uint8Array(0),
    write: (fields, value) => fields.bytes(number, value),
  };
}

export function string(number: number, bytesMax: number = STRING_BYTES_MAX): Part<string> {
  return convert(bytes(number), (text) => {
    if (text.length <= bytesMax) return decodeText(text);
    throw new ProtocolError(
      "TOO_LARGE",
      `Cannot decode text: up to ${bytesMax} bytes expected, ${text.length} came`,
    );
  }, encodeText);
}

/** An embedded message; required unless {@linkcode optional}. */
export function message<Value>(number: number, schema: Part<Value>): Part<Value> {
  return {
    fields: [{ tag: number << 3 | BYTES, schema }],
    build: (message) => schema.build(readMessage(required(number, message.bytes(number)))),
    write: (fields, value) => fields.bytes(number, fieldsOf(schema, value)),
  };
}

export function required<Value>(number: number, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new ProtocolError("MALFORMED", `Cannot decode a message: field ${number} is missing`);
}

/** A repeated field. Items beyond `max` are ignored. */
export function repeated<Value>(item: Part<Value>, max: number): Part<readonly Value[]> {
  const { tag } = item.fields[0]!;
  return {
    fields: item.fields,
    build: (message) =>
      message.all(tag).slice(0, max).map((value) => item.build(new Message().push(tag, value))),
    write(fields, values) {
      for (const value of values) item.write(fields, value);
    },
  };
}

/**
 * `repeated uint32`, packed or not. Duplicates are removed, since a long list of small numbers
 * takes many times its encoded size in memory. Entries beyond `max` are ignored. Without `max`, a
 * list of more than {@linkcode LISTED_IDS_MAX} is malformed.
 */
export function uint32s(number: number, max?: number): Part<readonly number[]> {
  const packed = number << 3 | BYTES;
  const single = number << 3 | VARINT;
  return {
    fields: [{ tag: packed }, { tag: single }],
    build(message) {
      const ids = message.all(packed, single).flatMap((value) =>
        typeof value === "number" ? value : readVarints(value)
      );
      const list = [...new Set(ids)].slice(0, max);
      if (list.length <= LISTED_IDS_MAX) return list;
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot decode a list: up to ${LISTED_IDS_MAX} entries expected`,
      );
    },
    write: (fields, values) => fields.uint32s(number, values),
  };
}

/** A list of member ids, up to the size of a full mesh. Zeros are ignored. */
export function memberIds(number: number): Part<readonly MemberId[]> {
  return refine(
    uint32s(number, FULL_MESH_MEMBERS_MAX),
    (ids) => ids.filter(isId).map(asMemberId),
  );
}
