// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IEvidenceAnchor} from "../src/IEvidenceAnchor.sol";
import {AnchorTest} from "./AnchorTest.sol";

contract AnchoringTest is AnchorTest {
    function test_WhenARootWasNeverAnchored_AllItsFactsAreZero() public view {
        assertAnchor(ROOT, 0, 0, 0);
        vm.assertFalse(notebook.isIssued(ROOT));
    }

    function test_WhenARootIsAnchored_ItsSizeBlockTimeAndNumberCanBeRead() public {
        anchorAs(ANCHORER, ROOT, 1000);
        assertAnchor(ROOT, NOW, 1000, HEIGHT);
        vm.assertTrue(notebook.isIssued(ROOT));
    }

    function test_WhenARootIsAnchored_OthersStayUnknown() public {
        anchorAs(ANCHORER, ROOT, 1);
        vm.assertFalse(notebook.isIssued(OTHER_ROOT));
    }

    function test_WhenARootIsAnchored_TheEventNamesRootSubmitterAndSize() public {
        vm.expectEmit(address(notebook));
        emit IEvidenceAnchor.RootAnchored(ROOT, ANCHORER, 7);
        anchorAs(ANCHORER, ROOT, 7);
    }

    function test_WhenARootIsAnchored_NothingElseIsLogged() public {
        vm.recordLogs();
        anchorAs(ANCHORER, ROOT, 7);
        vm.assertEq(vm.getRecordedLogs().length, 1);
    }

    function test_WhenARootIsAnchoredTwice_TheSecondRevertsWithTheFirstTime() public {
        anchorAs(ANCHORER, ROOT, 7);
        vm.warp(NOW + 60);
        vm.expectRevert(abi.encodeWithSelector(IEvidenceAnchor.AlreadyAnchored.selector, ROOT, NOW));
        anchorAs(ANCHORER, ROOT, 7);
    }

    function test_WhenARootComesAgainWithAnotherSize_TheFirstSizeStands() public {
        anchorAs(ANCHORER, ROOT, 7);
        vm.warp(NOW + 60);
        vm.roll(HEIGHT + 5);
        vm.expectRevert(abi.encodeWithSelector(IEvidenceAnchor.AlreadyAnchored.selector, ROOT, NOW));
        anchorAs(ANCHORER, ROOT, 8);
        assertAnchor(ROOT, NOW, 7, HEIGHT);
    }

    function test_WhenTheBlockTimeIsZero_ARootIsStillAnchoredOnlyOnce() public {
        vm.warp(0);
        anchorAs(ANCHORER, ROOT, 7);
        vm.expectRevert(
            abi.encodeWithSelector(IEvidenceAnchor.AlreadyAnchored.selector, ROOT, uint64(0))
        );
        anchorAs(ANCHORER, ROOT, 7);
    }

    function test_WhenTheRootIsZero_Reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IEvidenceAnchor.ZeroRoot.selector));
        anchorAs(ANCHORER, bytes32(0), 1);
    }

    function test_WhenTheTreeIsEmpty_RevertsWithTheRoot() public {
        vm.expectRevert(abi.encodeWithSelector(IEvidenceAnchor.EmptyTree.selector, ROOT));
        anchorAs(ANCHORER, ROOT, 0);
    }

    function test_WhenAStrangerRepeatsOurCall_RevertsAndTheRootStaysFree() public {
        expectMissingRole(STRANGER, anchorRole);
        anchorAs(STRANGER, ROOT, 7);
        anchorAs(ANCHORER, ROOT, 7);
        assertAnchor(ROOT, NOW, 7, HEIGHT);
    }

    function test_WhenTheRegistrarAnchors_Reverts() public {
        expectMissingRole(REGISTRAR, anchorRole);
        anchorAs(REGISTRAR, ROOT, 7);
    }

    function test_WhenTheAdminAnchors_Reverts() public {
        expectMissingRole(ADMIN, anchorRole);
        anchorAs(ADMIN, ROOT, 7);
    }

    function test_WhenARootIsAnchored_ExactlyOneSlotIsWritten() public {
        vm.record();
        anchorAs(ANCHORER, ROOT, type(uint64).max);
        assertOneSlotWritten();
    }

    function testFuzz_WhenAnyRootIsAnchored_AnyBlockAndSizeAreReadBackUnchanged(
        bytes32 root,
        uint64 size,
        uint64 time,
        uint64 height
    ) public {
        vm.assume(root != bytes32(0) && size != 0);
        vm.warp(time);
        vm.roll(height);
        anchorAs(ANCHORER, root, size);
        assertAnchor(root, time, size, height);
        vm.assertTrue(notebook.isIssued(root));
    }

    function testFuzz_WhenTwoRootsDiffer_AnchoringOneLeavesTheOtherAlone(
        bytes32 first,
        bytes32 second,
        uint64 size
    ) public {
        vm.assume(first != bytes32(0) && second != bytes32(0) && first != second && size != 0);
        anchorAs(ANCHORER, first, size);
        assertAnchor(second, 0, 0, 0);
        anchorAs(ANCHORER, second, 1);
        assertAnchor(first, NOW, size, HEIGHT);
    }

    function testFuzz_WhenTheSenderHasNoAnchorRole_Reverts(
        address sender,
        bytes32 root,
        uint64 size
    ) public {
        vm.assume(sender != ANCHORER);
        expectMissingRole(sender, anchorRole);
        anchorAs(sender, root, size);
    }
}
