// The provider that a word of an earlier system means: `openai`, `OPENAI`, `google`.
import { isTree, type Tree } from '../reading/tree.ts';

/** Words for kinds that are called otherwise here. */
const otherWords: Readonly<Record<string, string>> = { google: 'gemini', azure: 'azure-openai' };

/** A configured provider by its id, else by its kind; a simulated one stands for the kind it speaks as. */
export function namedProvider(word: unknown, providers: readonly unknown[]): Tree | undefined {
  const configured = providers.filter(isTree);
  const name = String(word).toLowerCase();
  const kindNamed = otherWords[name] ?? name;
  return (
    configured.find(({ id }) => String(id).toLowerCase() === name) ??
    configured.find(
      ({ kind, dialect = 'openai' }) => kind === kindNamed || (kind === 'simulator' && dialect === kindNamed),
    )
  );
}

/** An earlier model of that name with the configured provider that serves it; undefined when there is none. */
export function earlierModel(
  id: unknown,
  catalogs: Readonly<Record<string, readonly Tree[]>>,
  providers: readonly unknown[],
): Tree | undefined {
  for (const [dialect, models] of Object.entries(catalogs)) {
    const model = models.find((each) => each.id === id);
    const provider = model && namedProvider(dialect, providers);
    if (model && provider) return { ...model, provider: provider.id };
  }
  return undefined;
}
