import { encodeDocument } from '../document-text.ts';
import type { Projection, ProjectionPartition } from '../ports.ts';

/** Everything a partition holds, as text that can be compared. */
export async function dump(partition: ProjectionPartition, projection: Projection): Promise<string> {
  const lines = [`checkpoint ${await partition.checkpoint()}`];
  for (const { name } of projection.collections) {
    for (const { key, document } of await partition.find(name))
      lines.push(`${name}/${key} ${encodeDocument(document)}`);
  }
  for (const { position, reason } of await partition.quarantine()) lines.push(`quarantine ${position} ${reason}`);
  return lines.join('\n');
}
