// JSON Schema as it stands in a configuration file, where numbers are text, turned back into what it means.
import { isTree, type Tree } from './tree.ts';

const counts = ['Length', 'Items', 'Properties', 'Contains'].flatMap((what) => [`min${what}`, `max${what}`]);
const numeric = new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', ...counts]);
const values = new Set(['default', 'const', 'enum', 'examples']);
const named = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** Numbers where the keyword asks for one, and values where the schema says that they are numbers. */
export function schemaOf(tree: Tree): Tree {
  const isNumber = [tree.type].flat().some((type) => type === 'number' || type === 'integer');
  return Object.fromEntries(
    Object.entries(tree).map(([keyword, value]) => {
      if (numeric.has(keyword)) return [keyword, asNumber(value)];
      if (values.has(keyword)) return [keyword, isNumber ? asNumbers(value) : value];
      if (named.has(keyword) && isTree(value)) return [keyword, mapped(value)];
      return [keyword, deeper(value)];
    }),
  );
}

/** Schemas under names that are no keywords. */
function mapped(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, deeper(value)]));
}

function deeper(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deeper);
  return isTree(value) ? schemaOf(value) : value;
}

function asNumbers(value: unknown): unknown {
  return Array.isArray(value) ? value.map(asNumber) : asNumber(value);
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value) ? Number(value) : value;
}
