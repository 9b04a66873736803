let made = 0

/** A number for a new node, greater than that of every earlier one. */
export const nextNode = (): number => made++

/** How many nodes were made so far: the numbers from here on belong to later ones. */
export const nodeCount = (): number => made
