/** Where libraries lie on one platform, and how people get one. */
export interface LibraryNames {
  /** File names and paths, in the order in which they are tried; bare names are looked up as the system does. */
  readonly names: readonly string[]
  /** What to do where none of them is there. */
  readonly advice: string
}

const linux: LibraryNames = {
  names: [
    // Fedora's plain name is the build without threads, which only one thread may call: the others come first.
    'libopenblasp.so.0',
    'libopenblas.so.0',
    'libopenblas.so',
    'libopenblaso.so.0',
    'libopenblas64_.so.0',
    'libopenblasp64_.so.0',
    'libmkl_rt.so.2',
    'libmkl_rt.so.1',
    'libmkl_rt.so',
    'libblis.so.4',
    'libblis.so.3',
    'libblis.so',
    'libblis-mt.so',
  ],
  advice:
    'Debian, Ubuntu: apt-get install libopenblas0-pthread; Fedora: dnf install openblas-threads; ' +
    'Arch: pacman -S openblas; Alpine: apk add openblas',
}

const darwin: LibraryNames = {
  names: [
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
    '/opt/local/lib/libopenblas.dylib',
    'libopenblas.dylib',
    'libmkl_rt.2.dylib',
    'libmkl_rt.dylib',
    'libblis.4.dylib',
    'libblis.dylib',
  ],
  advice: 'Accelerate comes with macOS; another one: brew install openblas',
}

const win32: LibraryNames = {
  names: [
    'libopenblas.dll',
    'openblas.dll',
    'libopenblas64_.dll',
    'mkl_rt.2.dll',
    'mkl_rt.1.dll',
    'mkl_rt.dll',
    'AOCL-LibBlis-Win-MT-dll.dll',
    'AOCL-LibBlis-Win-dll.dll',
    'libblis.4.dll',
    'libblis.dll',
  ],
  advice:
    'unpack a release of https://github.com/OpenMathLib/OpenBLAS and put its folder bin on PATH, ' +
    "or give its path: setDevice('wasm', { blas: 'C:\\\\…\\\\libopenblas.dll' })",
}

/**
 * The names under which libraries are known on a platform.
 *
 * @param platform - as `process.platform` has it
 * @returns the names; those of Linux for its relatives
 */
export const libraryNames = (platform: string): LibraryNames => {
  switch (platform) {
    case 'darwin':
      return darwin
    case 'win32':
      return win32
    default:
      return linux
  }
}
