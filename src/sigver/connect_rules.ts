// The outcome of a `connect`: what the client becomes, and the answer.
//
// | others | shares | outside | dead | original | parallel | exhausted | joins | answer | and                 |
// |--------|--------|---------|------|----------|----------|-----------|-------|--------|---------------------|
// | no     |        |         |      |          |          |           | yes   | true   |                     |
// | yes    | yes    | no      |      |          |          |           | yes   | true   |                     |
// | yes    | yes    | yes     |      |          |          |           | yes   | false  | paired, outside     |
// | yes    | no     |         | yes  |          |          |           | yes   | true   | closes the only one |
// | yes    | no     |         | no   | yes      |          |           | yes   | true   |                     |
// | yes    | no     |         | no   | no       | yes      |           | yes   | false  | paired              |
// | yes    | no     |         | no   | no       | no       | yes       | yes   | true   | begins a part       |
// | yes    | no     |         | no   | no       | no       | no        | no    | false  | paired              |
//
// *joins*: the client is a member from then on. *answer*: `connected: true` or `false`.
//
// - *others*: there are other members. A member of the client's own id on another connection
//   counts, unless that connection is silent.
// - *shares*: the client's view holds one of them.
// - *outside*: some of them have been here for long and are not in the view: the group is split.
// - *dead*: there is one other member, the client was paired with it in vain, and it is silent.
// - *original*: the client is a member, and all others belong to parallel parts, which have to
//   come to it. Any client can claim to be such a part, so a member that the last of its own left
//   goes on to let newcomers in.
// - *parallel*: the client sees members, none of the others, and is a member or was paired before
//   in vain: a part of the group that the server did not know, and that newcomers may find if they
//   cannot reach the other one. A member that began so belongs to a parallel part until it is the
//   original.
// - *exhausted*: a newcomer reached none of the members that it was paired with: either all, none
//   of which ever led a newcomer in, or three, and none of the rest ever did. It begins a part that
//   further newcomers may join, so that a member that no client reaches keeps no others apart.
//
// A connection is _silent_ if it was not heard for longer than any live one: no other member loses
// its place to a stranger. A client that joins takes its id over from an older connection. A member
// whose connection ended keeps its place if it asks over another one within a minute.
//
// @sansio

import type { Rule } from "../machine/rules.ts";

type Column = "others" | "shares" | "outside" | "dead" | "original" | "parallel" | "exhausted";
type Facts = Readonly<Record<Column, boolean>>;

export type Action =
  | "join"
  | "joinAsOriginal"
  | "beginPart"
  | "leave"
  | "accept"
  | "evict"
  | "pair"
  | "pairOutside";

// deno-fmt-ignore
export const CONNECT_RULES: readonly Rule<Facts, Action>[] = [
  { others: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: true, then: ["join", "pairOutside"] },
  { others: true, shares: false, dead: true, then: ["evict", "join", "accept"] },
  { others: true, shares: false, dead: false, original: true, then: ["joinAsOriginal", "accept"] },
  { others: true, shares: false, dead: false, original: false, parallel: true, then: ["join", "pair"] },
  { others: true, shares: false, dead: false, original: false, parallel: false, exhausted: true, then: ["beginPart", "accept"] },
  { others: true, shares: false, dead: false, original: false, parallel: false, exhausted: false, then: ["leave", "pair"] },
];
