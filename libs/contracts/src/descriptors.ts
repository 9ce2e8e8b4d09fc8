import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { type DescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

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

/**
 * The same FileDescriptorProto with the entries of its maps named as protobuf prescribes, `StatusesEntry` for a map
 * `statuses`. protobufjs calls them `Statuses`, and readers such as grpcurl then refuse the whole file.
 */
export function withMapEntryNames(file: Uint8Array): Uint8Array {
  const descriptor = fromBinary(FileDescriptorProtoSchema, file);
  for (const message of descriptor.messageType) nameMapEntries(message);
  return toBinary(FileDescriptorProtoSchema, descriptor);
}

function nameMapEntries(message: DescriptorProto): void {
  for (const nested of message.nestedType) {
    nameMapEntries(nested);
    if (!nested.options?.mapEntry || nested.name.endsWith('Entry')) continue;
    const name = `${nested.name}Entry`;
    for (const field of message.field) if (field.typeName === nested.name) field.typeName = name;
    nested.name = name;
  }
}
