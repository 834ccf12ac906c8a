/** `sluice sign`: says with a key that an image is one's own. */
import { Option } from 'commander'
import { readPrivateKey } from '../oci/signing/keys.ts'
import { SIGNATURE_FORMS, type SignatureForm } from '../oci/signing/signature.ts'
import { signImage } from '../oci/signing/sign.ts'
import type { AddCommand } from './commands.ts'
import { IMAGE_ARGUMENT, withImage } from './open-image.ts'
import { addRegistryOptions, type RegistryFlags } from './registry-options.ts'
import { readPassword } from './standard-input.ts'

interface SignFlags extends RegistryFlags {
  readonly key: string
  readonly passwordStdin?: boolean
  readonly form: SignatureForm
}

export const addSignCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('sign')
    .description('sign an image with a key; cosign takes the signature, and its keys are taken')
    .argument('<image>', IMAGE_ARGUMENT)
    .requiredOption('-k, --key <file>', 'private key, PEM, as cosign writes it or PKCS#8; env://NAME reads a variable')
    .option('--password-stdin', 'read the password of the key from standard input; else it is COSIGN_PASSWORD')
    .addOption(new Option('--form <name>', 'where the signature stands').choices(SIGNATURE_FORMS).default('simple-signing'))
  addRegistryOptions(command).action(async (name: string, flags: SignFlags) => {
    const password = flags.passwordStdin === true ? await readPassword() : (process.env['COSIGN_PASSWORD'] ?? '')
    const key = await readPrivateKey(flags.key, password)
    const { form } = flags
    const digest = await withImage(name, flags, ({ store, key: at }) => signImage(store, at, { form, name, key }))
    output.note(`${name}: signed, as ${form}`)
    output.result({ image: name, digest, form }, digest)
  })
}
