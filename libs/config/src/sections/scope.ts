import { section, text } from '../reading/fields.ts';

export const scopeKeys = ['tenant', 'project', 'key', 'user', 'agent_type', 'run', 'model', 'provider'] as const;

export type ScopeKey = (typeof scopeKeys)[number];

/** The calls a limit or a budget is about: those that match every key given; all calls when none is. */
export type Scope = Readonly<Partial<Record<ScopeKey, string>>>;

/** The `scope` of a limit or a budget. */
export const scopeSection = section(
  Object.fromEntries(scopeKeys.map((key) => [key, text.optional()])) as Record<
    ScopeKey,
    ReturnType<typeof text.optional>
  >,
) satisfies { parse(input: unknown): Scope };

/** A scope in one line, such as `tenant=acme,model=fast`; `all` where it has no key. */
export function scopeText(scope: Scope): string {
  const parts = scopeKeys.flatMap((key) => (scope[key] === undefined ? [] : [`${key}=${scope[key]}`]));
  return parts.length === 0 ? 'all' : parts.join(',');
}
