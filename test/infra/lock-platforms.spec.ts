import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { completeLock, missingOptionalPackages, type PackageLock, platformOf } from './lock-platforms.ts';

const root = join(import.meta.dirname, '../..');
const lock: PackageLock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

const lockOfOneMachine: PackageLock = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.2.3',
      dev: true,
      optionalDependencies: { 'tool-linux-x64': '1.2.3', 'tool-darwin-arm64': '1.2.3', 'tool-linux-x64-musl': '1.2.3' },
    },
    'node_modules/tool-linux-x64': { version: '1.2.3', dev: true, optional: true, os: ['linux'], cpu: ['x64'] },
  },
};

describe('the lock file', () => {
  test('names every platform of every package that has builds for platforms', () => {
    expect(missingOptionalPackages(lock)).toEqual([]);
  });

  test('asks for what every package.json asks for, so that npm has nothing to change in it', () => {
    const workspaces = Object.keys(lock.packages).filter((key) => !key.includes('node_modules/'));
    expect(workspaces.length).toBeGreaterThan(15);
    for (const folder of workspaces) {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(
        readFileSync(join(root, folder, 'package.json'), 'utf8'),
      );
      const locked = lock.packages[folder];
      expect({ folder, ...locked?.dependencies, ...locked?.devDependencies }).toEqual({
        folder,
        ...dependencies,
        ...devDependencies,
      });
    }
  });

  test('names no registry, so that each user is served by their own', () => {
    expect(JSON.stringify(lock)).not.toMatch(/"resolved":"https?:/);
  });
});

describe('completing a lock', () => {
  test('finds the platforms that one machine could not fetch', () => {
    expect(missingOptionalPackages(lockOfOneMachine).map(({ name }) => name)).toEqual([
      'tool-darwin-arm64',
      'tool-linux-x64-musl',
    ]);
  });

  test('adds them with version and platform, and keeps the rest', () => {
    const { packages } = completeLock(lockOfOneMachine);
    expect(missingOptionalPackages({ packages })).toEqual([]);
    expect(packages['node_modules/tool-linux-x64']).toEqual(lockOfOneMachine.packages['node_modules/tool-linux-x64']);
    expect(packages['node_modules/tool-linux-x64-musl']).toEqual({
      version: '1.2.3',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    });
  });

  test.each([
    ['@bufbuild/buf-linux-aarch64', { os: ['linux'], cpu: ['arm64'] }],
    ['@nx/nx-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['@nx/nx-win32-arm64-msvc', { os: ['win32'], cpu: ['arm64'] }],
    ['@unrs/resolver-binding-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
  ])('reads the platform of %s', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });

  test('refuses a name without a platform', () => {
    expect(() => platformOf('left-pad')).toThrow('no platform in the package name left-pad');
  });
});

describe('what running Waybill installs', () => {
  const runtimeFolders = Object.entries(lock.packages)
    .filter(([key, entry]) => key.includes('node_modules/') && !entry.dev)
    .map(([key]) => key);

  test('is for every platform: no package of it names one', () => {
    expect(runtimeFolders.filter((key) => lock.packages[key]?.os ?? lock.packages[key]?.cpu)).toEqual([]);
  });

  test('contains no native binary', () => {
    expect(runtimeFolders.length).toBeGreaterThan(50);
    const binaries = runtimeFolders
      .flatMap((key) =>
        readdirSync(join(root, key), { recursive: true, encoding: 'utf8' }).map((file) => join(key, file)),
      )
      .filter((file) => file.endsWith('.node'));
    expect(binaries).toEqual([]);
  });
});
