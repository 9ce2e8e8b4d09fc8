// Files that were uploaded for batches.

export interface StoredFile {
  readonly id: string;
  /** The label of the key that uploaded it: nobody else sees it. */
  readonly key: string;
  readonly dialect: string;
  readonly name: string;
  readonly purpose: string;
  readonly text: string;
  readonly createdAt: Date;
}

export interface FileBook {
  add(file: StoredFile): void;
  /** One of the key's own; undefined when there is none. */
  find(dialect: string, key: string, id: string): StoredFile | undefined;
  clear(): void;
}

export function keepFiles(): FileBook {
  const files = new Map<string, StoredFile>();
  return {
    add: (file) => void files.set(file.id, file),
    find(dialect, key, id) {
      const file = files.get(id);
      return file?.dialect === dialect && file.key === key ? file : undefined;
    },
    clear: () => files.clear(),
  };
}
