// Configuration as it stands in a file: mappings, lists and scalars, numbers still being text.

export type Tree = { readonly [name: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of the tree; empty where there is none. */
export function listIn(tree: Tree, name: string): readonly unknown[] {
  const list = tree[name];
  return Array.isArray(list) ? list : [];
}

/** The texts that stand under one name in the entries of a list, in order; undefined where an entry has none. */
export function textsIn(list: readonly unknown[], name: string): readonly (string | undefined)[] {
  return list.map((entry) => {
    const value = isTree(entry) ? entry[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  });
}
