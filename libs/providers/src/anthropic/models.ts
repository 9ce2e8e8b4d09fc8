// What Claude's models differ in on the wire, by family and version in their names.
import type { Capability } from '../capability.ts';

interface Named {
  readonly family: string;
  /** 4.7 is 407; undefined where the name has none, so that nothing is assumed of the model. */
  readonly version: number | undefined;
}

const familyFirst = /claude-([a-z]+)-(\d{1,2})(?:-(\d{1,2}))?(?!\d)/;
const versionFirst = /claude-(\d{1,2})(?:-(\d{1,2}))?-([a-z]+)/;

function named(model: string): Named {
  const newer = familyFirst.exec(model);
  if (newer) return { family: newer[1]!, version: Number(newer[2]) * 100 + Number(newer[3] ?? 0) };
  const older = versionFirst.exec(model);
  if (older) return { family: older[3]!, version: Number(older[1]) * 100 + Number(older[2] ?? 0) };
  return { family: '', version: undefined };
}

/** Families that think whatever they are told. */
const restless: readonly string[] = ['fable', 'mythos'];

/** How a model is told to think. */
export interface ThinkingForms {
  /** By a number of tokens. */
  readonly budget: boolean;
  /** As much as it sees fit, by an effort. */
  readonly adaptive: boolean;
  /** Without being told to. */
  readonly byDefault: boolean;
  /** It cannot be told not to. */
  readonly always: boolean;
  /** Shows nothing of it unless asked to. */
  readonly hidden: boolean;
}

export function thinkingForms(model: string): ThinkingForms {
  const { family, version } = named(model);
  const from = (least: number) => version !== undefined && version >= least;
  const always = restless.includes(family) || (family === 'opus' && from(505));
  return {
    budget: version === undefined || version <= 406,
    adaptive: from(406),
    byDefault: always || from(500),
    always,
    hidden: from(407),
  };
}

/** What this model does not take although others of Anthropic do. */
export function refusedBy(model: string): readonly Capability[] {
  const { family, version } = named(model);
  if (version === undefined) return [];
  const refused: Capability[] = [];
  if (version >= 407) refused.push('sampling.temperature', 'sampling.top_p', 'sampling.top_k');
  if (version < 307) refused.push('reasoning');
  if ((family === 'opus' && version >= 505) || (restless.includes(family) && version >= 501)) {
    refused.push('tool_choice');
  }
  return refused;
}
