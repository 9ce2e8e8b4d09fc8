// Real files and .env in a folder of their own for each test; the environment is given, never the process's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect } from '@jest/globals';
import { type Configuration, type ConfigurationSources, loadConfiguration } from '../index.ts';

export interface OwnFolder {
  path(): string;
  write(name: string, content: string): void;
  /** Fails the test when it is refused. */
  load(sources?: Omit<ConfigurationSources, 'cwd'>): Configuration;
  /** Why it is refused; fails the test when it is not. */
  told(sources?: Omit<ConfigurationSources, 'cwd'>): string;
}

/** To be called where a spec begins. */
export function ownFolder(): OwnFolder {
  const root = mkdtempSync(join(tmpdir(), 'waybill-config-'));
  let cwd = root;
  beforeEach(() => {
    cwd = mkdtempSync(join(root, 'case-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  return {
    path: () => cwd,
    write(name, content) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), content);
    },
    load(sources = {}) {
      const loaded = loadConfiguration({ environment: {}, cwd, ...sources });
      if (!loaded.ok) throw new Error(loaded.fault.message);
      return loaded.value;
    },
    told(sources = {}) {
      const loaded = loadConfiguration({ environment: {}, cwd, ...sources });
      if (loaded.ok) throw new Error('it was loaded');
      expect(loaded.fault.kind).toBe('invalid');
      return loaded.fault.message;
    },
  };
}
