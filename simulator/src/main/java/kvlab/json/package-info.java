/** Trees of JSON, read and written. */
@NullMarked
package kvlab.json;

import org.jspecify.annotations.NullMarked;
