package kvlab.gpu.device;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/**
 * A range of device addresses whose memory comes page by page: how vAttention grows a sequence in place
 * (Prabhu et al., ASPLOS 2025). Through JNA, because three of JCuda 12.6.0's calls for it are broken:
 * cuMemCreate writes past a Java object, cuMemSetAccess and cuMemGetAllocationGranularity pass garbage.
 *
 * <pre>
 *   addresses | page 0 | page 1 | ........ not mapped ........ |
 *                 |        |
 *   memory     handle 0 handle 1
 * </pre>
 */
public final class VirtualMemory implements AutoCloseable {
  private static final int PROP_BYTES = 32; // CUmemAllocationProp
  private static final int ACCESS_BYTES = 12; // CUmemAccessDesc
  private static final int PINNED = 1; // CU_MEM_ALLOCATION_TYPE_PINNED
  private static final int ON_DEVICE = 1; // CU_MEM_LOCATION_TYPE_DEVICE
  private static final int READ_WRITE = 3; // CU_MEM_ACCESS_FLAGS_PROT_READWRITE

  private final Memory prop = new Memory(PROP_BYTES);
  private final Memory access = new Memory(ACCESS_BYTES);
  private final Memory word = new Memory(Long.BYTES);
  private final List<Long> handles = new ArrayList<>();
  private final long pageBytes;
  private final long bytes;
  private final long address;
  private boolean open;

  /**
   * Reserves addresses without memory.
   *
   * @param bytes at least as many; rounded up to whole pages
   */
  public VirtualMemory(int device, long bytes) {
    Calls.load();
    prop.clear();
    prop.setInt(0, PINNED);
    prop.setInt(8, ON_DEVICE); // 4: handle types that processes could share, none
    prop.setInt(12, device);
    access.setInt(0, ON_DEVICE);
    access.setInt(4, device);
    access.setInt(8, READ_WRITE);
    CudaException.check(
        "cuMemGetAllocationGranularity", Calls.cuMemGetAllocationGranularity(word, prop, 0));
    this.pageBytes = word.getLong(0);
    this.bytes = (bytes + pageBytes - 1) / pageBytes * pageBytes;
    CudaException.check(
        "cuMemAddressReserve", this.bytes, Calls.cuMemAddressReserve(word, this.bytes, 0, 0, 0));
    this.address = word.getLong(0);
    this.open = true;
  }

  /** The driver's functions, by their names. */
  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getInstance("libcuda.so.1"));
    }

    private Calls() {}

    /** Binds them. */
    static void load() {}

    static native int cuMemGetAllocationGranularity(Pointer bytes, Pointer prop, int option);

    static native int cuMemAddressReserve(
        Pointer address, long bytes, long alignment, long wish, long flags);

    static native int cuMemAddressFree(long address, long bytes);

    static native int cuMemCreate(Pointer handle, long bytes, Pointer prop, long flags);

    static native int cuMemRelease(long handle);

    static native int cuMemMap(long address, long bytes, long offset, long handle, long flags);

    static native int cuMemUnmap(long address, long bytes);

    static native int cuMemSetAccess(long address, long bytes, Pointer access, long count);
  }

  /** Bytes of the pages that the device maps: 2 MiB on all of them so far. */
  public long pageBytes() {
    return pageBytes;
  }

  public long address() {
    return address;
  }

  /** Pages that have memory, from the start of the range on. */
  public int mappedPages() {
    return handles.size();
  }

  /** Gives the next page memory; when there is none, nothing has changed. */
  public void mapNext() {
    long at = address + handles.size() * pageBytes;
    if (at + pageBytes > address + bytes) {
      throw new IndexOutOfBoundsException(
          "all " + handles.size() + " pages of the range are mapped");
    }
    CudaException.check("cuMemCreate", pageBytes, Calls.cuMemCreate(word, pageBytes, prop, 0));
    long handle = word.getLong(0);
    int mapped = Calls.cuMemMap(at, pageBytes, 0, handle, 0);
    if (mapped != 0) {
      Calls.cuMemRelease(handle);
      throw new CudaException("cuMemMap of " + pageBytes + " bytes", mapped);
    }
    handles.add(handle);
    CudaException.check(
        "cuMemSetAccess", pageBytes, Calls.cuMemSetAccess(at, pageBytes, access, 1));
  }

  /** Takes the last page's memory away. */
  public void unmapLast() {
    long handle = handles.remove(handles.size() - 1);
    long at = address + handles.size() * pageBytes;
    CudaException.check("cuMemUnmap", pageBytes, Calls.cuMemUnmap(at, pageBytes));
    CudaException.check("cuMemRelease", pageBytes, Calls.cuMemRelease(handle));
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      while (!handles.isEmpty()) {
        unmapLast();
      }
      CudaException.check("cuMemAddressFree", bytes, Calls.cuMemAddressFree(address, bytes));
    }
  }
}
