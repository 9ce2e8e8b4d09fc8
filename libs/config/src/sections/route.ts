export type RouteStrategy = 'ordered' | 'cheapest';

export interface RouteConfiguration {
  /** The name callers ask for. */
  readonly model: string;
  /** Ids of models, in order of preference. */
  readonly candidates: readonly string[];
  /** Default ordered. */
  readonly strategy: RouteStrategy;
  /** Cap of a call that names none, tokens; undefined leaves it to the model. */
  readonly maxOutputTokens: number | undefined;
  /** Further attempts in all, failover included; default 2. */
  readonly retries: number;
  /** `live`: parts as they come; `whole`: nothing reaches the caller before the answer is complete. Default live. */
  readonly stream: 'live' | 'whole';
}
