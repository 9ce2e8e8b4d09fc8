// Standing orders for faults: which calls they hit, how often, and what happens to those.
import { keyLabel } from '../bill/key-label.ts';
import { type Random, randomFrom } from '../random.ts';
import { type Directives, parseDirectives } from './directives.ts';

/** The conditions given must all hold; a rule without any hits each call. */
export interface FaultRule {
  readonly dialect?: string;
  /** The model's name without directives. */
  readonly model?: string;
  /** An API key, or its label on the bill. */
  readonly key?: string;
  readonly operation?: 'generate' | 'embed' | 'count' | 'models' | 'token' | 'batch' | 'file';
  readonly stream?: boolean;
  /** Of the calls that match, this share is hit, drawn from the simulator's seed. */
  readonly probability?: number;
  /** Only the n-th call that matches, counted from 1. */
  readonly nth?: number;
  /** Each n-th call that matches. */
  readonly every?: number;
  /** Calls that match and are let through first. */
  readonly skip?: number;
  /** Hits after which the rule rests. */
  readonly limit?: number;
  /** What happens: see `parseDirectives`, for example `fault=rate-limit:seconds:2`. */
  readonly directives: string;
}

export interface FaultTarget {
  readonly dialect: string;
  readonly model: string;
  readonly key: string;
  readonly operation: string;
  readonly streams: boolean;
}

interface ArmedRule {
  readonly rule: FaultRule;
  readonly directives: Directives;
  readonly key?: string;
  matched: number;
  hits: number;
}

export interface FaultBook {
  /** Replaces all rules and starts their counts again. Throws `DirectiveError`. */
  set(rules: readonly FaultRule[]): void;
  /** The directives of the first rule that hits the call. */
  directivesFor(target: FaultTarget): Directives | undefined;
}

export function openFaultBook(seed: number): FaultBook {
  let armed: ArmedRule[] = [];
  let random = randomFrom(seed);
  return {
    set(rules) {
      armed = rules.map(arm);
      random = randomFrom(seed);
    },
    directivesFor: (target) => armed.find((entry) => matches(entry, target) && hits(entry, random))?.directives,
  };
}

function arm(rule: FaultRule): ArmedRule {
  const key = rule.key === undefined || rule.key.startsWith('key-') ? rule.key : keyLabel(rule.key);
  return { rule, key, directives: parseDirectives(rule.directives), matched: 0, hits: 0 };
}

function matches({ rule, key }: ArmedRule, target: FaultTarget): boolean {
  return (
    (rule.dialect === undefined || rule.dialect === target.dialect) &&
    (rule.model === undefined || rule.model === target.model) &&
    (key === undefined || key === target.key) &&
    (rule.operation === undefined || rule.operation === target.operation) &&
    (rule.stream === undefined || rule.stream === target.streams)
  );
}

function hits(entry: ArmedRule, random: Random): boolean {
  const { nth, every, skip = 0, limit = Number.POSITIVE_INFINITY, probability = 1 } = entry.rule;
  entry.matched += 1;
  const position = entry.matched - skip;
  if (position < 1 || entry.hits >= limit) return false;
  if (nth !== undefined && position !== nth) return false;
  if (every !== undefined && position % every !== 0) return false;
  if (probability < 1 && random() >= probability) return false;
  entry.hits += 1;
  return true;
}
