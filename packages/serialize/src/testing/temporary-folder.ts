import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes a folder, hands it to `use` and removes it. */
export async function inTemporaryFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chainrule-serialize-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const nobody = 65534

/** Runs `use` without the superuser's right to write everywhere, as the owner of `folder`. */
export async function asOrdinaryUser(folder: string, use: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) {
    await use()
    return
  }
  await chown(folder, nobody, nobody)
  process.seteuid?.(nobody)
  try {
    await use()
  } finally {
    process.seteuid?.(0)
  }
}
