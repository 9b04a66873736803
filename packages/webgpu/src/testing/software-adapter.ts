import { join } from 'node:path'
import { unpackedFolder } from '../../../../scripts/browser/archives.js'

/**
 * The environment in which Dawn finds a WebGPU adapter on a machine without a GPU: SwiftShader, the software Vulkan
 * driver that `@sparticuz/chromium` carries, with its loader. Both variables are read when a process starts, so they go
 * to child processes, not to this one.
 *
 * @returns variables to add to the environment of a process; none where `VK_ICD_FILENAMES` or `VK_DRIVER_FILES` names
 * a driver already, where `CHAINRULE_ADAPTER=system` asks for the machine's own, or where the archive is not installed
 */
export const softwareAdapterEnvironment = (): Record<string, string> => {
  const { CHAINRULE_ADAPTER, VK_ICD_FILENAMES, VK_DRIVER_FILES, LD_LIBRARY_PATH } = process.env
  if (CHAINRULE_ADAPTER === 'system' || VK_ICD_FILENAMES !== undefined || VK_DRIVER_FILES !== undefined) return {}
  const folder = unpackedFolder('swiftshader')
  if (folder === undefined) return {}
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: LD_LIBRARY_PATH === undefined ? folder : `${folder}:${LD_LIBRARY_PATH}`,
  }
}
