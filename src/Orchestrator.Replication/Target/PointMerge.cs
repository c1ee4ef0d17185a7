namespace Orchestrator.Replication.Target;

/// <summary>Turns a mounted point into the disks themselves: rolls them back to the point, copies the overlay in.</summary>
/// <remarks>
/// Every step can be repeated from the start as long as undo and overlays exist. The machine may read and write through the mount all
/// along: a page rolled back is read from the undo, a page copied is read from the overlay, and no other page is changed.
/// </remarks>
internal sealed class PointMerge(PointMount mount, ReplicaImages images, Action<string> step)
{
    private const int Passes = 3;
    private readonly byte[] _page = new byte[Page.Size];

    /// <summary>Reads every saved page once: a damaged one must be found before anything is changed.</summary>
    public void Verify()
    {
        foreach (var view in mount.Views)
        {
            foreach (var (page, location) in Changed(view))
            {
                view.ReadSaved(page, location, _page);
            }
        }
    }

    /// <summary>Writes what the pages overwritten since the point held then.</summary>
    public void RollBack()
    {
        step("commit.rollback");
        for (var i = 0; i < mount.Views.Count; i++)
        {
            foreach (var (page, location) in Changed(mount.Views[i]))
            {
                mount.Views[i].ReadSaved(page, location, _page);
                Write(i, page, location.IsZero);
            }
        }
    }

    /// <summary>Copies the overlays, and what was written to them meanwhile.</summary>
    public void Copy()
    {
        step("commit.copy");
        for (var i = 0; i < mount.Overlays.Count; i++)
        {
            CopyPages(i, mount.Overlays[i].BeginMerge());
            for (var pass = 1; pass < Passes; pass++)
            {
                CopyPages(i, mount.Overlays[i].TakeTouched());
            }
        }
    }

    /// <summary>Copies the last pages while nobody writes, and makes the disks durable.</summary>
    public void Finish()
    {
        step("commit.finish");
        for (var i = 0; i < mount.Overlays.Count; i++)
        {
            CopyPages(i, mount.Overlays[i].TakeTouched());
            var disk = images.Disks[mount.Disks[i]];
            if (disk.Length != mount.Views[i].Length)
            {
                disk.Resize(mount.Views[i].Length);
            }
        }

        images.Flush();
    }

    private List<(long Page, PageLocation Location)> Changed(PointView view)
    {
        List<(long, PageLocation)> changed = [];
        images.Exclusively(() => changed = view.Changed().ToList());
        return changed;
    }

    private void CopyPages(int index, IReadOnlyList<long> pages)
    {
        foreach (var page in pages)
        {
            var isZero = mount.Overlays[index].IsZeroPage(page);
            if (!isZero)
            {
                mount.Overlays[index].Read(page * Page.Size, _page.AsSpan(0, SizeOf(index, page)));
            }

            Write(index, page, isZero);
        }
    }

    private void Write(int index, long page, bool isZero)
    {
        var disk = images.Disks[mount.Disks[index]];
        if (isZero)
        {
            disk.WriteZeroes(page * Page.Size, SizeOf(index, page), mayDeallocate: true);
        }
        else
        {
            disk.Write(page * Page.Size, _page.AsSpan(0, SizeOf(index, page)));
        }
    }

    private int SizeOf(int index, long page) => (int)Math.Min(Page.Size, mount.Views[index].Length - page * Page.Size);
}
