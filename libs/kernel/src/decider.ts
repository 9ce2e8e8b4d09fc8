/**
 * A state machine over events: `decide` says what follows from a command, `evolve` applies what followed.
 * Both are pure; a refusal is a returned value of the caller's choice, never a throw.
 */
export interface Decider<State, Command, Event, Refusal = never> {
  initialState(): State;
  decide(state: State, command: Command): readonly Event[] | Refusal;
  /** May mutate the state it is given and returns it. */
  evolve(state: State, event: Event): State;
}
