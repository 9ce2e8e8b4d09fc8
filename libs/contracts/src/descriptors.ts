import { readFileSync } from 'node:fs';
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** Every file of proto/ as an encoded google.protobuf.FileDescriptorProto, imports first: what server reflection serves. */
export function fileDescriptors(): Uint8Array[] {
  const files: Uint8Array[] = [];
  const descriptorSet = new BinaryReader(readFileSync(new URL('./generated/waybill.binpb', import.meta.url)));
  while (descriptorSet.pos < descriptorSet.len) {
    descriptorSet.tag();
    files.push(descriptorSet.bytes());
  }
  return files;
}
