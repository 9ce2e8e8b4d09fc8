import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '../infra/command.ts';
import { parsePlantedBug } from './patch.ts';
import { runPlantedBugs } from './planted-bugs.ts';

const spec = 'test/infra/tally.spec.ts';

const [firstLine = '', ...followingLines] = readFileSync(join(repositoryRoot, 'test/infra/tally.ts'), 'utf8').split(
  '\n',
);

const changeOf = (before: string, after: string) => `diff --git a/test/infra/tally.ts b/test/infra/tally.ts
--- a/test/infra/tally.ts
+++ b/test/infra/tally.ts
@@ -1,4 +1,4 @@
-${before}
+${after}
 ${followingLines.slice(0, 3).join('\n ')}
`;

describe('planting bugs', () => {
  test('reports a bug that no test notices, one that cannot be planted, and one that breaks the file', async () => {
    const outcomes = await runPlantedBugs([
      { name: 'harmless', turnsRed: [spec], diff: changeOf(firstLine, '// Another comment.') },
      { name: 'outdated', turnsRed: [spec], diff: changeOf('// A line that is not there.', '//') },
      { name: 'unreadable', turnsRed: [spec], diff: changeOf(firstLine, 'this is no TypeScript') },
    ]);
    expect(outcomes).toMatchObject([
      { name: 'harmless', reasonMissed: `no test notices it in ${spec}` },
      { name: 'outdated', reasonMissed: expect.stringContaining('it no longer applies') },
      { name: 'unreadable', reasonMissed: expect.stringContaining('cannot be loaded') },
    ]);
  });

  test('refuses a patch that names no test', () => {
    expect(() => parsePlantedBug('nameless', changeOf(firstLine, '//'))).toThrow('no line "Turns red: <spec>"');
  });
});
