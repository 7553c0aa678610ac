/**
 * How a decision is written: a pure function from a state and an event to the next state.
 *
 * @module
 */

/** What a machine answers to an event: the state that follows, and what its shell is to do. */
export interface Step<State, Effect> {
  /** The state from now on. */
  readonly state: State;
  /** What is to be done, in this order. */
  readonly effects: readonly Effect[];
}

/** A step that changes nothing. */
export function stay<State>(state: State): Step<State, never> {
  return { state, effects: [] };
}
