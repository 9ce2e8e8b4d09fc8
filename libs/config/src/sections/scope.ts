export const scopeKeys = ['tenant', 'project', 'key', 'user', 'agent_type', 'run', 'model', 'provider'] as const;

export type ScopeKey = (typeof scopeKeys)[number];

/** The calls a limit or a budget is about: those that match every key given; all calls when none is. */
export type Scope = Readonly<Partial<Record<ScopeKey, string>>>;
