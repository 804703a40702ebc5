from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import InputError
from rag.language.abbreviations import expand


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("Ai là Chủ tịch UBND xã?", ("Ủy ban nhân dân",)),
        ("chu tich hdnd", ("Hội đồng nhân dân",)),
        ("BCH TƯ khóa XIII", ("Ban Chấp hành", "Trung ương")),
        ("Nghị quyết T.Ư", ("Trung ương", "NQ")),
        ("hội nghị tw", ("Trung ương",)),
        ("Sở GD&ĐT", ("Giáo dục và Đào tạo",)),
        ("so gd-dt", ("Giáo dục và Đào tạo",)),
        ("ở TP.HCM", ("Thành phố Hồ Chí Minh",)),
        ("tphcm", ("Thành phố Hồ Chí Minh",)),
        ("TP.Huế", ("thành phố",)),
        ("UBND-HĐND", ("Ủy ban nhân dân", "Hội đồng nhân dân")),
        ("ĐBQH nào", ("đại biểu Quốc hội",)),
        ("thẻ BHYT", ("bảo hiểm y tế",)),
        ("trường thpt", ("trung học phổ thông",)),
        ("GRDP", ("tổng sản phẩm trên địa bàn",)),
        # and back
        ("bảo hiểm y tế", ("BHYT",)),
        ("bao hiem xa hoi", ("BHXH",)),
        ("Ủy ban nhân dân xã", ("UBND",)),
        ("Kinh tế - xã hội", ("KT-XH", "KTXH")),
        ("Thành phố Hồ Chí Minh", ("TP.HCM", "TPHCM")),
        ("giải phóng mặt bằng ở KCN", ("khu công nghiệp", "GPMB")),
        # what could be a word is one unless it is in capitals
        ("từ ca đó tu", ()),
        ("CA tỉnh", ("công an",)),
        ("bao hiểm y tế", ()),
        ("Lê Thị Kim Dung", ()),
        ("", ()),
    ],
)
def test_expand(question: str, phrases: tuple[str, ...]) -> None:
    assert expand(question) == phrases


def test_a_file_of_the_user(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("# ours\nVPĐP\tVăn phòng Điều phối\n", encoding="utf-8")
    assert expand("vpdp nông thôn mới", own) == ("Văn phòng Điều phối", "NTM")
    assert expand("văn phòng điều phối", own) == ("VPĐP",)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("UBND Ủy ban\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"own\.txt, dòng 1: .*UBND Ủy ban"):
        expand("x", own)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt"):
        expand("x", tmp_path / "none.txt")


def test_hostile_question() -> None:
    assert expand("ủy ban nhân " * 5_000) == ()
    assert expand("a.&-" * 20_000) == ()
