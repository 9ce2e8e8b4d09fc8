import type { Environment } from './environment.ts';
import { type Problems, pathText } from './problems.ts';
import type { Tree } from './tree.ts';

const reference = /\$\{([^}]*)(\}?)/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The tree with every `${NAME}` in a value replaced by the environment variable. */
export function interpolate(tree: Tree, environment: Environment, problems: Problems): Tree {
  return replaceIn(tree, [], { environment, problems }) as Tree;
}

interface Given {
  readonly environment: Environment;
  readonly problems: Problems;
}

function replaceIn(value: unknown, path: readonly PropertyKey[], given: Given): unknown {
  if (typeof value === 'string') return replaceInText(value, path, given);
  if (Array.isArray(value)) return value.map((each, index) => replaceIn(each, [...path, index], given));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, replaceIn(each, [...path, name], given)]),
  );
}

function replaceInText(text: string, path: readonly PropertyKey[], { environment, problems }: Given): string {
  return text.replace(reference, (whole, name: string, closing: string) => {
    if (closing === '' || !variableName.test(name)) {
      problems.add(pathText(path), `has ${whole}, which names no environment variable; write \${NAME}`);
      return whole;
    }
    const value = environment[name];
    if (value === undefined) {
      problems.add(
        pathText(path),
        `needs the environment variable ${name}, which is not set; set it, or add it to .env`,
      );
      return whole;
    }
    problems.hide(value, name);
    return value;
  });
}
