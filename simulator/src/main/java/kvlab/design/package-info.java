/** The memory designs under comparison: reservation x placement x scheduler x defaults. */
@NullMarked
package kvlab.design;

import org.jspecify.annotations.NullMarked;
