// YAML or JSON text to a tree. Numbers stay text, so that a price keeps every digit it was written with.
import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { Problems } from './problems.ts';
import { isTree, type Tree } from './tree.ts';

const numberTags = /^tag:yaml\.org,2002:(?:int|float)$/;
const forbiddenNames = ['__proto__', 'constructor', 'prototype'];

/** The mapping a file holds; empty where the file is. `path` is for problems. */
export function readYaml(text: string, path: string, problems: Problems): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'core',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !numberTags.test(tag.tag)),
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const faults = [...document.errors, ...document.warnings];
  for (const each of faults) problems.add(placeOf(each, path, lines), `${each.message}; check the syntax there`);
  if (faults.length > 0) return {};
  const value = resolved(document, path, problems);
  if (value === null || value === undefined) return {};
  refuseForbiddenNames(value, path, problems);
  if (isTree(value)) return withoutNulls(value) as Tree;
  problems.add(path, 'is not a mapping; write sections such as `providers:`');
  return {};
}

function placeOf(error: YAMLError, path: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(error.pos[0]);
  return `${path}:${line}:${col}`;
}

/** Aliases that multiply into something huge are refused by the parser with a throw. */
function resolved(document: ReturnType<typeof parseDocument>, path: string, problems: Problems): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    problems.add(path, 'has aliases that cannot be resolved; write out what they stand for');
    return undefined;
  }
}

function refuseForbiddenNames(value: unknown, path: string, problems: Problems): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    if (forbiddenNames.includes(name)) problems.add(`${path}: ${name}`, 'is not allowed as a name; remove it');
    refuseForbiddenNames(each, path, problems);
  }
}

/** A name with nothing behind it is as good as none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])),
  );
}
