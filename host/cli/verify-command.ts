/** `sluice verify`: whether a key has signed an image. */
import { readPublicKey } from '../oci/signing/keys.ts'
import { verifyImage } from '../oci/signing/sign.ts'
import type { AddCommand } from './commands.ts'
import { IMAGE_ARGUMENT, withImage } from './open-image.ts'
import { addRegistryOptions, type RegistryFlags } from './registry-options.ts'

export const addVerifyCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('verify')
    .description('fail unless a key has signed an image, by `sluice sign` or by cosign')
    .argument('<image>', IMAGE_ARGUMENT)
    .requiredOption('-k, --key <file>', 'public key, PEM; env://NAME reads a variable')
  addRegistryOptions(command).action(async (name: string, flags: RegistryFlags & { readonly key: string }) => {
    const key = await readPublicKey(flags.key)
    const { digest, forms } = await withImage(name, flags, ({ store, key: at }) => verifyImage(store, at, key, name))
    output.note(`${name}: signed by the key, as ${forms.join(' and ')}`)
    output.result({ image: name, digest, forms }, digest)
  })
}
