import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'

const python = '/usr/bin/python3'

/** The BLAS that Debian's PyTorch will load, from the alternatives system. */
export const torchBlas = (): string => {
  const link = ['/usr/lib/x86_64-linux-gnu/libblas.so.3', '/usr/lib/aarch64-linux-gnu/libblas.so.3'].find((path) =>
    existsSync(path),
  )
  return link === undefined ? 'unknown' : realpathSync(link)
}

/** Whether PyTorch can be imported, else why not. */
export const torchProblem = (): string | undefined => {
  try {
    execFileSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' })
    return undefined
  } catch {
    return `${python} cannot import torch (Debian: python3-torch and libopenblas0-pthread)`
  }
}

/** Thread settings worth trying: BLAS threads × torch threads; both at once fight for the cores. */
export const torchSettings = (cores: number): readonly { readonly blas: number; readonly torch: number }[] => [
  { blas: cores, torch: 1 },
  { blas: 1, torch: cores },
  { blas: 1, torch: 1 },
]

/** Command and environment of the PyTorch server. */
export const torchCommand = (
  script: string,
  cases: string,
  { blas, torch }: { readonly blas: number; readonly torch: number },
) => ({
  command: python,
  args: [script, cases],
  env: {
    ...process.env,
    OPENBLAS_NUM_THREADS: String(blas),
    OMP_NUM_THREADS: String(torch),
    TORCH_THREADS: String(torch),
    TORCH_BLAS: torchBlas(),
  },
})
